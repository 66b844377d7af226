"""DropLoss with one-to-one matching."""

import pytest
import torch
from mmengine.structures import InstanceData

from mmselfshot.models.uvis import UVISHead
from mmselfshot.models.uvis.uvis_head import best_mask_ious
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

SIZES = dict(
    num_classes=2,
    in_channels=[8, 16, 32, 64],
    feat_channels=32,
    num_queries=4,
    num_encoder_layers=1,
    num_decoder_layers=1,
    encoder_ffn_channels=32,
    decoder_ffn_channels=32,
    num_heads=4,
    num_groups=8,
    num_points=64,
)
# one row of eight cells, 8 x 8 predictions against 32 x 32 targets
ROWS = 8


def mask_of(*rows: int) -> torch.Tensor:
    """(8, 8) logits, above 0 in whole rows."""
    mask = torch.full((ROWS, ROWS), -1.0)
    mask[list(rows)] = 1.0
    return mask


def target_of(*rows: int) -> torch.Tensor:
    """(32, 32), the same rows four times as large."""
    return (mask_of(*rows) > 0).float().repeat_interleave(4, 0).repeat(1, 4)


def build(**options) -> UVISHead:
    return MODELS.build(dict(type='UVISHead', **SIZES, **options))


def test_best_ious_by_hand():
    """Rows 0-1 against 0-3: 2/4; against 1: 1/2; row 7: none."""
    masks = torch.stack([mask_of(0, 1), mask_of(1), mask_of(7), mask_of()])
    targets = torch.stack([target_of(0, 1, 2, 3), target_of(1)])
    ious = best_mask_ious(masks, targets)
    torch.testing.assert_close(ious, torch.tensor([0.5, 1.0, 0.0, 0.0]))


def test_target_that_covers_half_a_cell_counts_half():
    """Upper half of row 0: .5 of 1 cell row, union 1."""
    target = torch.zeros(1, 32, 32)
    target[0, :2] = 1
    ious = best_mask_ious(mask_of(0)[None], target)
    torch.testing.assert_close(ious, torch.tensor([0.5]))


def test_without_targets_there_is_no_overlap():
    ious = best_mask_ious(mask_of(0)[None], torch.zeros(0, 32, 32))
    assert ious.tolist() == [0.0]


@pytest.fixture
def frame():
    """Queries 0 and 1 are matched by class: labels 0 and 1, rows 0 and 7.

    Query 0 lies on its target, 1 on row 4 where there is no label, 2 on
    row 4 and 3 on row 0, both unmatched.
    """
    logits = torch.full((4, 3), -20.0)
    logits[[0, 1, 2, 3], [0, 1, 2, 2]] = 20.0
    masks = torch.stack([mask_of(0), mask_of(4), mask_of(4), mask_of(0)])
    truth = InstanceData(
        labels=torch.tensor([0, 1]),
        masks=torch.stack([target_of(0), target_of(7)]),
    )
    return [logits * 9], [masks], [truth], [{}]


def targets_of(head, frame):
    torch.manual_seed(0)
    labels, label_weights, masks, mask_weights, number = head.get_targets(
        *frame
    )
    assert labels[0].tolist() == [0, 1, 2, 2]
    assert number == 2
    return label_weights[0], masks[0], mask_weights[0]


def test_by_default_nothing_is_dropped(frame):
    label_weights, masks, mask_weights = targets_of(build(), frame)
    assert label_weights.tolist() == [1, 1, 1, 1]
    assert mask_weights.tolist() == [1, 1, 0, 0]
    assert len(masks) == 2


def test_matched_mask_off_every_label_is_dropped(frame):
    """Its class loss stays, and the divisor counts it."""
    found = targets_of(build(drop_mask_iou=0.01), frame)
    label_weights, masks, mask_weights = found
    assert mask_weights.tolist() == [1, 0, 0, 0]
    assert torch.equal(masks, target_of(0)[None])
    assert label_weights.tolist() == [1, 1, 1, 1]


def test_no_object_loss_off_every_label_is_dropped(frame):
    found = targets_of(build(drop_no_object_iou=0.01), frame)
    label_weights, masks, mask_weights = found
    assert label_weights.tolist() == [1, 1, 0, 1]
    assert mask_weights.tolist() == [1, 1, 0, 0]
    assert len(masks) == 2


def test_prediction_without_a_pixel_keeps_its_losses(frame):
    frame[1][0][1:3] = -1.0
    head = build(drop_mask_iou=0.01, drop_no_object_iou=0.01)
    label_weights, _, mask_weights = targets_of(head, frame)
    assert mask_weights.tolist() == [1, 1, 0, 0]
    assert label_weights.tolist() == [1, 1, 1, 1]


def test_all_dropped_gives_zero_with_a_graph(frame):
    logits, masks, truth, metas = frame
    truth[0].masks = torch.stack([target_of(2), target_of(7)])
    masks = [masks[0].requires_grad_()]
    head = build(drop_mask_iou=0.01)
    losses = head._loss_by_feat_single(
        logits[0][None], masks[0][None], truth, metas
    )
    assert [float(loss.detach()) for loss in losses[1:]] == [0.0, 0.0]
    sum(losses).backward()


@pytest.mark.parametrize('name', ['drop_mask_iou', 'drop_no_object_iou'])
def test_wrong_threshold_is_one_line(name):
    with pytest.raises(UserError, match=f'{name}=1; expected 0 up to below'):
        build(**{name: 1})
