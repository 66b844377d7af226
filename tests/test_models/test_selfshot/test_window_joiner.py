"""Joining the slots of two windows."""

import itertools

import pytest
import torch

from mmselfshot.models.selfshot.window_joiner import (
    join_slots,
    mask_overlap,
    slot_affinity,
)


def draw(num, seed):
    """Probabilities (num, 2) and masks (num, 2, 4, 5)."""
    made = torch.Generator().manual_seed(seed)
    probs = torch.rand(num, 2, generator=made)
    return probs, torch.rand(num, 2, 4, 5, generator=made) > 0.5


def test_overlap_is_smaller_over_larger_values_of_pixels():
    """Against two pictures per pair, pixel by pixel."""
    probs, masks = draw(3, 0)
    other_probs, other_masks = draw(4, 1)
    found, is_seen = mask_overlap(probs, masks, other_probs, other_masks)
    assert is_seen.all()
    for m, n in itertools.product(range(3), range(4)):
        one = probs[m, :, None, None] * masks[m]
        other = other_probs[n, :, None, None] * other_masks[n]
        wanted = torch.minimum(one, other).sum() / (
            torch.maximum(one, other).sum()
        )
        assert found[m, n].item() == pytest.approx(wanted.item(), abs=1e-6)


def test_sure_slots_have_the_iou():
    """Frames of 2 and 1 shared pixels, of 4 and 3 pixels of either."""
    one, other = torch.zeros(2, 1, 2, 1, 4, dtype=torch.bool)
    one[0, 0, 0, :3] = other[0, 0, 0, 1:] = True
    one[0, 1, 0, :2] = other[0, 1, 0, 1:3] = True
    sure = torch.ones(1, 2)
    found, _ = mask_overlap(sure, one, sure, other)
    assert found.item() == pytest.approx(3 / 7)


def test_slot_without_object_does_not_overlap_one_with_the_same_mask():
    masks = torch.ones(1, 2, 3, 3, dtype=torch.bool)
    sure, unsure = torch.full((1, 2), 0.9), torch.full((1, 2), 0.09)
    found, _ = mask_overlap(sure, masks, unsure, masks)
    assert found.item() == pytest.approx(0.1)


def test_slots_without_a_pixel_or_a_common_frame_say_nothing():
    sure = torch.ones(1, 2)
    empty = torch.zeros(1, 2, 3, 3, dtype=torch.bool)
    overlap, is_seen = mask_overlap(sure, empty, sure, empty)
    assert overlap.item() == 0 and not is_seen.item()
    overlap, is_seen = mask_overlap(
        *(sure[:, :0], empty[:, :0], sure[:, :0], empty[:, :0])
    )
    assert overlap.item() == 0 and not is_seen.item()


def test_affinity_is_the_weighted_mean_of_what_is_known():
    overlap = torch.tensor([[0.4, 0.0]])
    is_seen = torch.tensor([[True, False]])
    slots = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2], [3, 0]])
    found = slot_affinity(overlap, is_seen, *slots, 3, 1)
    assert found.tolist() == [[pytest.approx(0.3), pytest.approx(1.0)]]
    found = slot_affinity(overlap, is_seen, *slots, 1, 0)
    assert found.tolist() == [[pytest.approx(0.4), 0.0]]


def test_joined_slots_have_the_largest_sum_of_all_assignments():
    affinity = torch.rand(4, 4, generator=torch.Generator().manual_seed(3))
    found = join_slots(affinity, 0.0)
    best = max(
        itertools.permutations(range(4)),
        key=lambda rows: sum(affinity[r, n] for n, r in enumerate(rows)),
    )
    assert found == list(best)


def test_unlike_slots_stay_apart_and_hurt_no_other_pair():
    """Two pairs of .42 would be more pairs, but one of .95 is right."""
    affinity = torch.tensor([[0.95, 0.42], [0.42, 0.1]])
    assert join_slots(affinity, 0.4) == [0, -1]
    assert join_slots(torch.full((2, 3), 0.3), 0.4) == [-1, -1, -1]
    # how unlike a pair is that stays apart does not count against the other
    affinity[1, 1] = -0.2
    assert join_slots(affinity, 0.4) == [0, -1]
    # and two good pairs are better than the best one
    affinity = torch.tensor([[0.95, 0.6], [0.6, 0.1]])
    assert join_slots(affinity, 0.4) == [1, 0]


@pytest.mark.parametrize('shape', [(0, 2), (2, 0), (0, 0)])
def test_no_slots_are_joined_with_none(shape):
    assert join_slots(torch.zeros(shape), 0.4) == [-1] * shape[1]


def test_more_slots_than_before_leave_new_ones():
    affinity = torch.tensor([[0.1, 0.9, 0.5]])
    assert join_slots(affinity, 0.4) == [-1, 0, -1]


def test_slots_just_alike_enough_are_joined():
    assert join_slots(torch.tensor([[0.5]]), 0.5) == [0]
