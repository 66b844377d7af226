"""Overlap over time."""

import numpy as np
import pytest
from vis_cases import HEIGHT, WIDTH, box, random_case

from mmselfshot.structures import decode_mask
from mmselfshot.structures.mask_tracks import Tracks
from mmselfshot.structures.track_iou import (
    frame_intersections,
    frame_ious,
    track_ious,
)


def _read(*segmentations):
    names = [str(n) for n in range(len(segmentations))]
    return Tracks(segmentations, HEIGHT, WIDTH, names, len(segmentations[0]))


def test_sum_of_intersections_over_sum_of_unions():
    """Frame 1: 8 of 16 + 16 - 8 = 24; frame 2: only one present, 6."""
    first = _read([box(0, 0, 4, 4), box(0, 0, 2, 3)])
    second = _read([box(2, 0, 4, 4), None])
    assert track_ious(first, second, [0], [0]).tolist() == [[8 / 30]]


def test_no_union_gives_zero():
    nothing = _read([None, None])
    assert track_ious(nothing, nothing, [0], [0]).tolist() == [[0.0]]


def test_identical_tracks_give_exactly_one():
    track = _read([box(1, 1, 5, 7), None, box(3, 2, 1, 1)])
    assert track_ious(track, track, [0], [0]).tolist() == [[1.0]]


def test_frame_ious_by_hand():
    first = _read([box(0, 0, 4, 4), None], [None, None])
    second = _read([box(0, 0, 4, 2), None])
    shared = frame_intersections(first, second)
    ious = frame_ious(shared, first.areas, second.areas)
    assert ious.tolist() == [[[0.5], [0.0]], [[0.0], [0.0]]]


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('floor', [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize('copies', [1, 5])
def test_agrees_with_counting_pixels(seed, floor, copies):
    """With and without a floor, few pairs and many."""
    masks = [
        one['segmentations'][0]
        for part in random_case(seed, 8)[1:]
        for one in part
    ]
    pairs = [masks[i : i + 2] for i in range(0, len(masks) - 1, 2)] * copies
    tracks = _read(*pairs)
    pixels = np.stack(
        [[decode_mask(mask, HEIGHT, WIDTH) for mask in p] for p in pairs]
    )
    rows, columns = np.arange(len(pairs))[::-1], np.arange(0, len(pairs), 2)
    found = track_ious(tracks, tracks, rows, columns, floor)
    for i, n in enumerate(rows):
        for j, m in enumerate(columns):
            union = (pixels[n] | pixels[m]).sum()
            hand = (pixels[n] & pixels[m]).sum() / union if union else 0.0
            if hand >= floor:
                assert found[i, j] == hand
            else:
                assert found[i, j] in (hand, 0.0)


def test_nothing_to_compare():
    track = _read([box(0, 0, 1, 1)])
    assert track_ious(track, track, [], [0]).shape == (0, 1)
    assert frame_intersections(track, track, [0], []).shape == (1, 1, 0)
