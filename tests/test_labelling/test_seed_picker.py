"""Masks that grow from the seed of a cut."""

import numpy as np
import pytest
import torch

from mmselfshot.labelling.mask_cut import MaskCut, cut_masks
from mmselfshot.labelling.maskcut_rules import MaskPicker
from mmselfshot.labelling.seed_picker import SeedPicker
from mmselfshot.utils import UserError

OWNERS = np.zeros((8, 12), int)
OWNERS[2:6, 2:5] = 1
OWNERS[2:6, 5:8] = 2  # touches the first


def features():
    """(1, 3, 8, 12): the objects are nearer to each other than to the rest."""
    of_owner = torch.tensor([[1.0, 0, 0], [0.1, 1, 0.5], [0.1, 0.5, 1]])
    return of_owner[torch.from_numpy(OWNERS)].permute(2, 0, 1)[None]


def picker(strong, grid=(2, 3)):
    made = SeedPicker(grid, min_area=0.0)
    made.strong = torch.tensor(strong, dtype=torch.float32)
    return made


def test_touching_objects_come_apart():
    """Their cosine is 0.80: below tau they are two for the grown masks."""
    masks = cut_masks(features(), 4, 0.9, make_picker=SeedPicker)[0]
    found = sorted(mask.mask.nonzero()[1].min() for mask in masks)
    assert found == [2, 5]
    for mask in masks:
        owner = OWNERS[mask.mask][0]
        assert (mask.mask == (owner == OWNERS)).all()


def test_published_rule_joins_what_one_cut_holds():
    vector = np.where(OWNERS > 0, 1.0, -0.1)
    (joined,) = MaskPicker(OWNERS.shape).look(vector)
    assert (joined == (OWNERS > 0)).all()


def test_only_patches_tied_to_most_of_the_core_are_taken():
    """A row of six, the seed at 1: tied to 0, 1 and 2. Of these three,
    patch 3 is tied to one and stays out, patch 2 to two."""
    strong = np.eye(6)
    for one, other in ((0, 1), (1, 2), (2, 3), (0, 2)):
        strong[one, other] = strong[other, one] = 1
    made = picker(strong, (1, 6))
    made.choose = lambda vector: (vector > 0, (0, 1))
    (mask,) = made.look(np.array([[1.0, 2, 1, 1, 1, -1]]))
    assert mask.tolist() == [[True, True, True, False, False, False]]


def test_small_parts_are_passed_over_for_good():
    made = SeedPicker((2, 3), min_area=0.4)
    made.strong = torch.eye(6)
    vector = np.array([[-1.0, -1, -1], [-1, 3, -1]])
    assert made.look(vector) == []
    assert made.taken.sum() == 1 and not made.is_finished
    assert made.look(vector) == made.look(vector) == []
    assert made.is_finished


def test_two_rules_of_ours_exclude_each_other():
    with pytest.raises(UserError, match='choose one of them'):
        MaskCut(torch.nn.Identity(), has_all_parts=True, is_grown=True)
