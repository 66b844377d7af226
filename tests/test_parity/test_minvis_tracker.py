"""Tracker and post-processing against the published program."""

import numpy as np
import pytest
import torch
from minvis_reference import cases_of, unpack_masks

from mmselfshot.models.matchers import cosine_cost
from mmselfshot.models.minvis import MinVISTracker, StreamedTracks
from mmselfshot.structures import decode_mask


def track(logits, embeds):
    tracker = MinVISTracker()
    return torch.stack([tracker.update(e, x) for e, x in zip(embeds, logits)])


def decode(tracks, height, width):
    return np.array(
        [
            [decode_mask(rle, height, width) for rle in segmentations]
            for segmentations in tracks.segmentations
        ]
    )


def test_slots_follow_the_published_tracker(parity_dir):
    arrays = np.load(parity_dir / 'minvis' / 'tracker.npz')
    for name in cases_of(parity_dir, 'tracker'):
        embeds = torch.from_numpy(arrays[f'{name}/embds'])
        order = track(torch.zeros(*embeds.shape[:2], 2), embeds)
        assert (order.numpy() == arrays[f'{name}/order']).all(), name
        ordered = [e[o] for e, o in zip(embeds, order)]
        costs = [
            cosine_cost(last, now).diagonal().sum().item()
            for last, now in zip(ordered[:1] + ordered, ordered)
        ]
        expected = arrays[f'{name}/cost_sum']
        assert costs == pytest.approx(expected, abs=2e-4), name


def test_tracks_follow_the_published_post_processing(parity_dir):
    for name in cases_of(parity_dir, 'post'):
        case = np.load(parity_dir / 'minvis' / f'{name}.npz')
        logits, masks, embeds = (
            torch.from_numpy(case[f'pred_{key}'])
            for key in ('logits', 'masks', 'embds')
        )
        order = track(logits, embeds)
        assert (order.numpy() == case['order']).all(), name
        stream = StreamedTracks(num_tracks=len(case['scores']))
        shapes = [
            tuple(case[f'{key}_size'].tolist())
            for key in ('padded', 'image', 'out')
        ]
        for frame, slots in enumerate(order):
            stream.add(logits[frame, slots], masks[frame, slots], *shapes)
        average = stream.average_logits()
        assert np.abs(average.numpy() - case['avg_logits']).max() < 1e-5
        tracks = stream.finish()
        assert np.abs(tracks.scores.numpy() - case['scores']).max() < 1e-5, (
            name
        )
        assert (tracks.labels.numpy() == case['labels']).all(), name
        expected = unpack_masks(case['masks_bits'], case['masks_shape'])
        found = decode(tracks, *shapes[2])
        assert (found != expected).mean() <= 1e-4, name
