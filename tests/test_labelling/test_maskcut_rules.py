"""Foreground and acceptance, by hand on small grids."""

import numpy as np
import pytest

from mmselfshot.labelling.maskcut_rules import (
    ComponentPicker,
    MaskPicker,
    choose_foreground,
    component_at,
    mask_iou,
)


def blob(grid=(6, 8), rows=slice(2, 4), columns=slice(3, 5), peak=5.0):
    """A vector that is 1 in a box, with a peak at its first patch."""
    vector = np.zeros(grid)
    vector[rows, columns] = 1
    vector[rows.start, columns.start] = peak
    return vector


def test_box_in_the_middle_is_the_object_for_both_signs():
    for vector, num_corners in ((blob(), 0), (-blob(), 4)):
        chosen = choose_foreground(vector)
        assert (chosen.side == (blob() > 0)).all()
        assert chosen.seed == (2, 3)
        assert chosen.num_corners == num_corners
        assert chosen.is_reversed == (num_corners == 4)


def test_seed_on_the_side_of_the_corners_is_background_for_both_signs():
    """The published rule takes the background for one of the signs."""
    vector = np.full((5, 5), -0.1)
    vector[2, 1:4] = 1.0
    vector[0, 2] = -2.0  # the seed, among the corners
    for sign in (1, -1):
        side = choose_foreground(sign * vector).side
        assert side[2, 2] and not side[0, 2]
    published = [choose_foreground(s * vector, True).side for s in (1, -1)]
    assert published[0][2, 2] != published[1][2, 2]


def test_with_two_corners_on_each_side_the_seed_decides():
    vector = np.tile([1.0, 1.0, -1.0, -1.0], (4, 1))
    vector[1, 3] = -2.0
    for sign in (1, -1):
        chosen = choose_foreground(sign * vector)
        assert chosen.num_corners == 2
        assert chosen.seed == (1, 3)
        assert chosen.side[:, 2:].all() and not chosen.side[:, :2].any()


def test_patches_that_touch_by_a_corner_are_apart():
    side = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]], bool)
    assert component_at(side, (0, 0)).sum() == 1
    assert component_at(side, (1, 1)).sum() == 3
    assert component_at(side, (2, 0)).sum() == 0


def test_iou_of_empty_masks_is_zero():
    empty = np.zeros((2, 2), bool)
    assert mask_iou(empty, empty) == 0
    assert mask_iou(~empty, np.eye(2, dtype=bool)) == 0.5


def box(first, last, grid=(6, 8)):
    """Vector that is above its mean exactly in some inner columns."""
    vector = np.zeros(grid)
    vector[2:4, first:last] = 1
    return vector


def test_second_look_at_a_rejected_cut_is_accepted():
    picker = MaskPicker((6, 8))
    (first,) = picker.look(box(1, 4))
    assert first.sum() == 6
    assert picker.look(box(1, 5)) == []  # IoU 6 / 8 with the first
    (again,) = picker.look(box(1, 5))
    assert again.sum() == 2  # without what the first one holds
    assert not picker.is_finished


def test_small_masks_are_rejected_from_the_second_on():
    for min_area, num_found in ((0.05, 0), (0.01, 1)):
        picker = MaskPicker((6, 8), min_area=min_area)
        assert len(MaskPicker((6, 8), min_area=0.9).look(box(1, 2))) == 1
        picker.look(box(1, 4))
        assert len(picker.look(box(6, 7))) == num_found  # 2 / 48
    picker = MaskPicker((6, 8), min_area=0.05)
    picker.look(box(1, 4))
    picker.look(box(6, 7))
    picker.look(box(6, 7))
    assert picker.is_finished  # no third look can change it


def test_all_parts_come_largest_first_and_once():
    vector = np.zeros((6, 8))
    vector[1:3, 1:3] = 1
    vector[3:5, 4:7] = 1
    vector[1, 5] = 9  # the seed
    vector[4, 1] = 1  # one patch of 48 is too small
    picker = ComponentPicker((6, 8), min_area=1.5 / 48)
    vector = vector.clip(max=1)
    parts = picker.look(vector)
    assert [int(part.sum()) for part in parts] == [6, 4]
    assert picker.look(vector) == []
    assert picker.taken.sum() == 4  # as published, the part with the seed


@pytest.mark.parametrize('grid', [(1, 1), (1, 4), (3, 1)])
def test_grids_of_one_row_are_taken(grid):
    vector = np.arange(float(np.prod(grid))).reshape(grid)
    chosen = choose_foreground(vector)
    assert chosen.side.shape == grid
