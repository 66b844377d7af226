"""MaskCut from features to masks of the frame's size."""

import numpy as np
import pytest
import torch
from torch import nn

from mmselfshot.labelling.mask_cut import (
    MaskCut,
    cut_masks,
    measure_contrast,
    to_frame,
    upsample,
)
from mmselfshot.labelling.normalised_cut import PatchGraph
from mmselfshot.registry import MODELS


def scene(grid=(8, 12), noise=0.0):
    """(1, C, h, w) features and (2, h, w) masks of two boxes."""
    masks = np.zeros((2, *grid), bool)
    masks[0, 2:5, 2:5] = True
    masks[1, 3:7, 7:10] = True
    labels = masks[0] + 2 * masks[1]
    kinds = np.eye(3)[:, [0, 1, 2]]
    features = torch.from_numpy(kinds[labels]).permute(2, 0, 1)[None].float()
    if noise:
        features = features + noise * torch.randn(features.shape)
    return features, masks


class Recorded(nn.Module):
    """Gives the features of the scene for any frame."""

    def extract(self, frames):
        return scene()[0].expand(len(frames), -1, -1, -1)


def picture(size=(64, 96)):
    """The scene as (H, W, 3) uint8."""
    first, second = (upsample(mask, size) for mask in scene()[1])
    frame = np.full((*size, 3), 90, np.uint8)
    frame[first] = (200, 30, 30)
    frame[second] = (30, 30, 200)
    return frame


def test_two_boxes_on_an_oblong_grid_are_found():
    features, masks = scene()
    found = cut_masks(features, num_masks=3)[0]
    assert len(found) == 2
    assert {one.mask.tobytes() for one in found} == {
        mask.tobytes() for mask in masks
    }
    assert [one.contrast for one in found] == [1, 1]


def test_frames_of_a_batch_are_cut_each_on_its_own():
    features, _ = scene()
    flat = torch.ones_like(features)
    turned = features.flip(3)
    found = cut_masks(torch.cat([features, flat, turned]))
    assert [len(one) for one in found] == [2, 0, 2]
    for one, other in zip(found[0], found[2]):
        assert (one.mask == other.mask[:, ::-1]).all()


def test_contrast_by_hand():
    """2 x 2 patches, three of one kind; a mask of one of them and the odd.

    Strong edges in the mask: its own two of four. To the two others: two of
    four. (2 / 4) * (1 - 2 / 4).
    """
    points = torch.tensor([[[1.0, 0], [1, 0], [1, 0], [0, 1]]])
    graph = PatchGraph.from_features(points, 0.5)
    mask = np.array([[False, False], [True, True]])
    assert measure_contrast(graph, 0, mask) == pytest.approx(0.25)
    everything = np.ones((2, 2), bool)
    assert measure_contrast(graph, 0, everything) == pytest.approx(10 / 16)


def test_masks_have_the_size_of_the_frame_and_its_outlines():
    frame = picture()
    proposer = MaskCut(Recorded(), crf_size=None)
    first, second = proposer.propose([frame, frame[:, ::-1]])
    assert first.masks.shape == (2, 64, 96)
    assert len(second) < 2  # these masks do not lie on the mirrored boxes
    wanted = {upsample(mask, (64, 96)).tobytes() for mask in scene()[1]}
    assert {mask.tobytes() for mask in first.masks} == wanted
    assert first.scores.tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize('crf_size', [(48, 48), 40, None])
def test_any_working_size_gives_masks_near_the_boxes(crf_size):
    found = MaskCut(Recorded(), crf_size=crf_size).propose([picture()])[0]
    wanted = [upsample(mask, (64, 96)) for mask in scene()[1]]
    for mask in found.masks:
        ious = [(mask & one).sum() / (mask | one).sum() for one in wanted]
        assert max(ious) > 0.85
    assert len(found) == 2


def test_masks_that_the_crf_gives_up_are_dropped_or_kept():
    frame = np.full((64, 96, 3), 90, np.uint8)  # nothing to be seen
    crf = dict(near_weight=50)
    dropped = MaskCut(Recorded(), crf=crf, crf_size=None)
    assert len(dropped.propose([frame])[0]) == 0
    kept = MaskCut(
        Recorded(), crf=crf, crf_size=None, is_kept_unrefined=True
    ).propose([frame])[0]
    wanted = {upsample(mask, (64, 96)).tobytes() for mask in scene()[1]}
    assert {mask.tobytes() for mask in kept.masks} == wanted
    assert (kept.scores < 0.5).all()


def test_without_crf_masks_are_patches():
    found = MaskCut(Recorded(), crf=None, crf_size=None).propose([picture()])
    wanted = {upsample(mask, (64, 96)).tobytes() for mask in scene()[1]}
    assert {mask.tobytes() for mask in found[0].masks} == wanted


def test_no_frames_give_no_proposals():
    assert MaskCut(Recorded()).propose([]) == []


def test_frame_without_structure_has_no_mask():
    proposer = MODELS.build(
        dict(type='MaskCut', features=dict(type='HandMadeFeatures'))
    )
    (found,) = proposer.propose([np.zeros((40, 60, 3), np.uint8)])
    assert found.masks.shape == (0, 40, 60)


def test_upsampling_takes_the_nearest_patch():
    mask = np.array([[True, False, True]])
    wide = upsample(mask, (2, 7))
    assert wide.tolist() == [[True] * 3 + [False] * 2 + [True] * 2] * 2


def test_resizing_to_the_frame_keeps_half_of_the_maximum():
    mask = np.zeros((4, 4), bool)
    mask[:, 2:] = True
    large = to_frame(mask, (8, 16))
    assert (large == (np.arange(16) >= 8)).all()
    assert not to_frame(mask & False, (8, 16)).any()
