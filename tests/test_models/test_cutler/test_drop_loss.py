"""DropLoss: which boxes are dropped, and what that does to the losses."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from tiny_cutler import boxed_sample, shrink_cutler
from tiny_minvis import collate

from mmselfshot.models.cutler.drop_loss import is_far_from_labels
from mmselfshot.registry import MODELS


def test_far_boxes_by_hand():
    """IoU of a 10 x 10 box with one shifted by 9 columns: 10 / 190."""
    labelled = torch.tensor([[0.0, 0, 10, 10], [50, 50, 60, 60]])
    boxes = torch.tensor([[9.0, 0, 19, 10], [10, 0, 20, 10], [52, 52, 60, 60]])
    far = is_far_from_labels(boxes, labelled, 0.01)
    assert far.tolist() == [False, True, False]
    far = is_far_from_labels(boxes, labelled, 10 / 190)
    assert far.tolist() == [True, True, False]


def test_without_labels_all_boxes_are_far():
    boxes = torch.rand(3, 4)
    assert is_far_from_labels(boxes, torch.zeros(0, 4), 0.01).all()
    assert is_far_from_labels(boxes[:0], boxes, 0.01).shape == (0,)


@pytest.fixture(scope='module')
def model(repo):
    path = repo / Path('configs/uvis/_base_/cutler_r50.py')
    cfg = shrink_cutler(Config.fromfile(path).cutler_model)
    with DefaultScope.overwrite_default_scope('mmselfshot'):
        torch.manual_seed(0)
        model = MODELS.build(cfg)
        model.init_weights()
    return model.train()


def losses(model, thr, batch):
    model.roi_head.drop_loss_iou_thr = thr
    torch.manual_seed(3)
    data = model.data_preprocessor(collate(batch), True)
    return model(**data, mode='loss')


def test_mean_is_over_all_boxes_and_boxes_are_untouched(model):
    batch = [boxed_sample(seed=1)]
    plain = losses(model, None, batch)
    none = losses(model, -1.0, batch)  # no IoU is below 0
    some = losses(model, 0.1, batch)
    every = losses(model, 1.0, batch)
    for stage in range(3):
        name = f's{stage}.loss_cls'
        assert none[name].item() == plain[name].item()
        assert every[name].item() == 0
        share = some[f's{stage}.dropped'].item()
        assert 0 < share < 1
        # untrained, all boxes have about the same loss, log 2
        expected = plain[name].item() * (1 - share)
        assert some[name].item() == pytest.approx(expected, rel=0.05)
        boxes = f's{stage}.loss_bbox'
        assert some[boxes].item() == plain[boxes].item()
        assert every[boxes].item() == plain[boxes].item()
    assert some['loss_mask'].item() == plain['loss_mask'].item()


def test_unlabelled_frames_and_frames_without_objects(model):
    unlabelled = [boxed_sample(unlabelled=(0,))]
    found = losses(model, 0.01, unlabelled)
    total, _ = model.parse_losses(found)
    assert total.item() == 0
    total.backward()
    trained = dict(model.named_parameters())
    assert all(weight.grad is not None for weight in trained.values())
    model.zero_grad()
    empty = losses(model, 0.01, [boxed_sample(num_objects=0)])
    assert empty['s0.loss_cls'].item() == 0  # all boxes are dropped
    assert empty['loss_mask'].item() == 0
    total, _ = model.parse_losses(empty)
    total.backward()
    assert all(weight.grad is not None for weight in trained.values())


def test_each_stage_gives_a_third_of_its_gradient(model):
    """Of the box losses alone, as detectron2 does."""
    head = model.roi_head
    features = [
        torch.rand(1, 8, 16 // 2**level, 16 // 2**level, requires_grad=True)
        for level in range(4)
    ]
    rois = torch.tensor([[0.0, 4, 4, 40, 40]])
    extractor = head.bbox_roi_extractor[0]
    logits, _ = head.bbox_head[0](extractor(features, rois))
    (whole,) = torch.autograd.grad(logits[0, 0], features[0])

    class Everything:
        priors = rois[:, 1:]

    box_head = head.bbox_head[0]
    plain = box_head.get_targets, box_head.loss
    box_head.get_targets = lambda *_: (None, torch.ones(1), None, None)
    box_head.loss = lambda logits, *_: dict(loss_cls=logits[0, 0])
    head.drop_loss_iou_thr = None
    try:
        found = head._stage_loss(0, features, [Everything], [None])
    finally:
        box_head.get_targets, box_head.loss = plain
    (third,) = torch.autograd.grad(found['losses']['loss_cls'], features[0])
    torch.testing.assert_close(third * 3, whole)
