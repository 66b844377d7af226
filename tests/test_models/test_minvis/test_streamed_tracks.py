"""Tracks made frame by frame against the plain way over the whole video."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmselfshot.models.minvis import StreamedTracks
from mmselfshot.structures import decode_mask


def plain_tracks(logits, masks, padded, image, ori, num):
    """Sec. 3.2 written down for a whole video at once."""
    scores = logits.mean(0).softmax(-1)[:, :-1]
    flat = scores.flatten()
    best, index = flat.topk(min(num, len(flat)))
    slots = torch.tensor([i // scores.shape[1] for i in index.tolist()])
    chosen = masks[:, slots]
    big = F.interpolate(chosen, padded, mode='bilinear', align_corners=False)
    big = big[..., : image[0], : image[1]]
    big = F.interpolate(big, ori, mode='bilinear', align_corners=False)
    return best, index % scores.shape[1], slots, (big > 0).transpose(0, 1)


def decoded(tracks, size):
    return np.array(
        [
            [decode_mask(rle, *size) for rle in of_track]
            for of_track in tracks.segmentations
        ]
    )


@pytest.mark.parametrize('seed', range(12))
def test_stream_equals_plain_way(seed):
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    num_frames, queries, classes = rng.integers(1, 6), rng.integers(1, 9), 3
    h, w = rng.integers(1, 4, 2) * 8
    padded = (4 * int(h), 4 * int(w))
    image = tuple(int(side - rng.integers(0, 31)) for side in padded)
    ori = image if seed % 3 == 0 else tuple(rng.integers(2, 90, 2).tolist())
    logits = torch.randn(num_frames, queries, classes + 1, generator=generator)
    masks = torch.randn(num_frames, queries, h, w, generator=generator)
    masks = F.avg_pool2d(masks, 3, 1, 1) - 0.5  # blobs, many slots empty
    stream = StreamedTracks(max_pixels=int(rng.integers(1, 20000)))
    for frame in range(num_frames):
        stream.add(logits[frame], masks[frame], padded, image, ori)
    tracks = stream.finish()
    scores, labels, slots, expected = plain_tracks(
        logits, masks, padded, image, ori, 10
    )
    assert tracks.scores.tolist() == pytest.approx(scores.tolist(), abs=1e-6)
    assert tracks.labels.tolist() == labels.tolist()
    assert tracks.slots.tolist() == slots.tolist()
    assert (decoded(tracks, ori) == expected.numpy()).all()


def test_scores_by_hand_mean_comes_before_softmax():
    """Mean logits (2, 0, 0): e^2 / (e^2 + 2), not the mean of softmaxes."""
    stream = StreamedTracks()
    nothing = torch.full((1, 1, 1), -1.0)
    for first in (4.0, 0.0):
        logits = torch.tensor([[first, 0.0, 0.0]])
        stream.add(logits, nothing, (4, 4), (4, 4), (4, 4))
    tracks = stream.finish()
    best = math.e**2 / (math.e**2 + 2)
    assert tracks.scores.tolist() == pytest.approx(
        [best, 1 / (math.e**2 + 2)], abs=1e-6
    )
    assert tracks.labels.tolist() == [0, 1]
    assert tracks.slots.tolist() == [0, 0]  # one slot, two classes
    assert tracks.segmentations == [[None, None], [None, None]]


def test_no_frame_no_track_and_reset_forgets():
    stream = StreamedTracks()
    assert len(stream.finish()) == 0
    ones = torch.ones(2, 3)
    stream.add(ones, torch.ones(2, 1, 1), (4, 4), (3, 2), (3, 2))
    assert stream.finish().segmentations[0] == [
        {'size': [3, 2], 'counts': '06'}
    ]
    stream.reset()
    assert stream.num_frames == 0
    assert len(stream.finish()) == 0


def test_memory_that_stays_is_small():
    """A frame of 20 slots leaves less than its 20 masks of one bit each."""
    stream = StreamedTracks()
    y, x = torch.meshgrid(
        torch.arange(24.0), torch.arange(40.0), indexing='ij'
    )
    masks = torch.stack([8 - (y - 12).hypot(x - i) for i in range(20)])
    for _ in range(4):
        stream.add(torch.zeros(20, 4), masks, (96, 160), (90, 160), (360, 640))
    kept = sum(len(c or b'') for slot in stream._counts for c in slot)
    assert 0 < kept < 4 * 20 * 360 * 640 / 8 / 10
    tensors = [v for v in vars(stream).values() if torch.is_tensor(v)]
    assert [tuple(t.shape) for t in tensors] == [(20, 4)]


def test_duplicates_go_by_option_only():
    """Slot 1 covers 3 of slot 0's 4 columns (IoU .75), slot 2 another place.

    Scores: softmax of (a, 0) is .881, .731 and .5 for a of 2, 1 and 0.
    """
    masks = torch.full((3, 4, 12), -1.0)
    masks[0, :, :4] = masks[1, :, :3] = masks[2, :, 8:] = 1.0
    logits = torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    slots = {}
    for duplicate_iou in (None, 0.75, 0.76):
        stream = StreamedTracks(num_tracks=3, duplicate_iou=duplicate_iou)
        for _ in range(2):
            stream.add(logits, masks, (4, 12), (4, 12), (4, 12))
        tracks = stream.finish()
        slots[duplicate_iou] = tracks.slots.tolist()
        assert len(tracks.segmentations) == len(tracks.scores)
    assert slots == {None: [0, 1, 2], 0.75: [0, 2], 0.76: [0, 1, 2]}


def test_nothing_to_be_a_duplicate_of():
    stream = StreamedTracks(duplicate_iou=0.7)
    empty = torch.full((2, 4, 4), -1.0)
    stream.add(torch.zeros(2, 3), empty, (4, 4), (4, 4), (4, 4))
    assert stream.finish().slots.tolist() == []
