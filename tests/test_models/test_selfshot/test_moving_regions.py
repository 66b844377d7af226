"""Parts that move, and their links over time."""

import numpy as np
import pytest

from mmselfshot.models.selfshot.moving_regions import (
    MovingRegion,
    find_parts,
    link_parts,
    match_masks,
)

SHAPE = 24, 40


def box(left, top=4, side=8):
    mask = np.zeros(SHAPE, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def link(parts, step=2, **options):
    """Boxes that go `step` pixels to the right in every frame."""
    num = len(parts)
    motions = [np.full(SHAPE, 3.0) for _ in range(num)]
    back = np.zeros((*SHAPE, 2), np.float32) + [-step, 0]
    return link_parts(parts, motions, [back] * (num - 1), **options)


def test_parts_are_connected_large_and_fast():
    motion = np.zeros(SHAPE)
    motion[box(2) | box(20)] = 2.0
    motion[box(12, top=14)] = 0.5  # slow
    motion[20, 30:34] = 9.0  # a line, which opening removes
    parts = find_parts(motion, 1.0, 20)
    assert len(parts) == 2
    for part, wanted in zip(parts, (box(2), box(20))):
        assert (part & wanted).sum() >= 52 and not (part & ~wanted).any()
    assert find_parts(motion, 1.0, 65) == []


def test_regions_that_cross_columns_keep_their_names():
    parts = [[box(2 * t), box(14 + 2 * t, 14)][:: (-1) ** t] for t in range(4)]
    first, second = link(parts)
    for t in range(4):
        assert np.array_equal(first.masks[t], box(2 * t))
        assert np.array_equal(second.masks[t], box(14 + 2 * t, 14))


@pytest.mark.parametrize('max_gap, num', [(2, 1), (1, 2)])
def test_a_gap_is_filled_by_the_carried_mask(max_gap, num):
    parts = [[box(0)], [], [], [box(6)], []]
    regions = link(parts, max_gap=max_gap)
    assert len(regions) == num
    if num == 1:
        (one,) = regions
        assert sorted(one.masks) == [0, 1, 2, 3] and one.last == 3
        assert np.array_equal(one.masks[2], box(4))
        assert sorted(one.motion) == [0, 3]
    else:  # what was carried behind the last seen mask is gone
        assert [sorted(one.masks) for one in regions] == [[0], [3]]


def test_score_is_motion_times_coverage():
    """Means of 1 and 3 pixels in two of four frames: 2 / 3 * 1 / 2."""
    region = MovingRegion({}, {0: 1.0, 2: 3.0})
    assert region.score(4) == pytest.approx(1 / 3)


def test_masks_are_matched_for_the_largest_overlap():
    first, second = [box(0), box(4)], [box(3), box(30)]
    assert match_masks(first, second, 0.3) == [(1, 0)]
    assert match_masks(first, second, 0.9) == []
    assert match_masks([], second, 0.3) == match_masks(first, [], 0.3) == []
