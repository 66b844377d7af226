"""Tracks of slots: scores, empty frames, sizes."""

import pytest
import torch
from pycocotools import mask as coco_mask

from mmselfshot.models.selfshot import WindowRules
from mmselfshot.models.selfshot.slot_tracks import make_tracks

SHAPES = dict(img_shape=(4, 6), ori_shape=(4, 6))


def logits(num_slots, num_frames):
    masks = torch.full((num_slots, num_frames, 4, 6), -1.0)
    masks[..., 1:3, 2:5] = 1
    return masks


def test_score_is_the_mean_over_frames_and_orders_the_tracks():
    probs = torch.tensor([[0.2, 0.4], [0.9, 0.5]])
    tracks = make_tracks(
        probs, logits(2, 2), torch.tensor([7, 5]), **SHAPES, label=1
    )
    assert tracks.scores.tolist() == pytest.approx([0.7, 0.3])
    assert tracks.slots.tolist() == [5, 7]
    assert tracks.labels.tolist() == [1, 1]


def test_frame_below_a_thousandth_is_empty():
    probs = torch.tensor([[0.0009, 0.0011]])
    tracks = make_tracks(probs, logits(1, 2), torch.tensor([0]), **SHAPES)
    first, second = tracks.segmentations[0]
    assert first is None
    assert coco_mask.decode(second).sum() == 6


def test_masks_have_the_size_of_the_original_frames():
    tracks = make_tracks(
        torch.ones(1, 1),
        logits(1, 1),
        torch.tensor([0]),
        img_shape=(8, 12),
        ori_shape=(16, 24),
    )
    ((mask,),) = tracks.segmentations
    assert mask['size'] == [16, 24]
    assert 60 < coco_mask.decode(mask).sum() < 130


def test_no_slot_gives_no_track():
    none = torch.zeros(0, dtype=torch.int64)
    tracks = make_tracks(torch.zeros(0, 2), logits(0, 2), none, **SHAPES)
    assert len(tracks) == 0
    assert tracks.segmentations == []


def test_another_threshold_of_frames_is_taken():
    tracks = make_tracks(
        torch.tensor([[0.4, 0.5]]),
        logits(1, 2),
        torch.tensor([0]),
        **SHAPES,
        rules=WindowRules(frame_thr=0.5),
    )
    assert [one is None for one in tracks.segmentations[0]] == [True, False]
