"""The loss at the fuser's cells."""

import math

import pytest
import torch
from tiny_selfshot import build_tiny, draw_inputs, sample

from mmselfshot.models.selfshot.cell_loss import CellLoss
from mmselfshot.structures.instance_sequences import InstanceSequences


def test_by_hand():
    """One cell half covered, one empty; logits 0 and weights 2 and 3:
    2 * mean(.5 * 3 log 2 + .5 log 2, log 2)."""
    masks = torch.zeros(1, 1, 2, 4, dtype=torch.bool)
    masks[..., 0, :2] = True
    loss = CellLoss(6, weight=2.0, positive_weight=3.0)
    torch.nn.init.zeros_(loss.head.weight)
    found = loss(
        torch.randn(1, 1, 6, 1, 2), [InstanceSequences.from_masks(masks)]
    )
    assert found.item() == pytest.approx(2 * (2 + 1) / 2 * math.log(2))


def test_no_target_is_ground_everywhere():
    masks = torch.zeros(0, 1, 2, 4, dtype=torch.bool)
    loss = CellLoss(6, weight=1.0)
    torch.nn.init.zeros_(loss.head.weight)
    targets = [InstanceSequences.from_masks(masks)]
    found = loss(torch.randn(1, 1, 6, 1, 2), targets)
    assert found.item() == pytest.approx(math.log(2))


def corner_of_two_cells(num_instances):
    """Equal masks of one pixel of the first cell, half of which is ignored;
    the loss has logits 0."""
    masks = torch.zeros(num_instances, 1, 2, 4, dtype=torch.bool)
    masks[..., 0, 0] = True
    ignored = torch.zeros(1, 2, 4, dtype=torch.bool)
    ignored[0, :, 1] = True
    loss = CellLoss(6, weight=1.0, positive_weight=3.0)
    torch.nn.init.zeros_(loss.head.weight)
    return masks, ignored, loss


def test_ignored_pixels_weigh_nothing():
    """Of the first cell two of four pixels are left, one of them target;
    logits 0: (.5 * (.5 * 3 + .5) + 1 * 1) log 2 / 1.5."""
    masks, ignored, loss = corner_of_two_cells(1)
    fused = torch.randn(1, 1, 6, 1, 2)
    targets = [InstanceSequences.from_masks(masks)]
    found = loss(fused, targets, [ignored])
    hand = (0.5 * (0.5 * 3 + 0.5) + 1) * math.log(2) / 1.5
    assert found.item() == pytest.approx(hand)
    plain = loss(fused, targets)
    assert loss(fused, targets, [None]).equal(plain)
    assert loss(fused, targets, [torch.zeros_like(ignored)]).equal(plain)
    everything = torch.ones_like(ignored)
    assert loss(fused, targets, [everything]).item() == 0


def test_it_reaches_the_fuser_and_the_supports():
    model = build_tiny(cell_loss=dict(type='CellLoss')).train()
    losses = model(draw_inputs(1), [sample()], mode='loss')
    losses['loss_cell'].backward()
    assert model.fuser.layers[0].fusion.value.weight.grad.abs().sum() > 0
    assert 'loss_cell' not in build_tiny().train()(
        draw_inputs(1), [sample()], mode='loss'
    )


def test_overlapping_instances_count_once_and_videos_ignore_their_own():
    """First as in `test_ignored_pixels_weigh_nothing`, then 2 empty cells:
    (1 + 1 + 2) log 2 / (.5 + 1 + 2)."""
    masks, ignored, loss = corner_of_two_cells(2)
    targets = [InstanceSequences.from_masks(one) for one in (masks, masks[:0])]
    fused = torch.randn(2, 1, 6, 1, 2)
    found = loss(fused, targets, [ignored, None])
    assert found.item() == pytest.approx(4 * math.log(2) / 3.5)
    # plain: one cell a quarter covered, (.25 * 3 + .75 + 3) / 4
    assert loss(fused, targets).item() == pytest.approx(4.5 / 4 * math.log(2))
