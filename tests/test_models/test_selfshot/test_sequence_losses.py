"""Box and mask losses by hand."""

import math

import pytest
import torch

from mmselfshot.models.selfshot.sequence_losses import (
    box_sequence_terms,
    generalized_iou,
    mask_sequence_terms,
    mean_over_valid,
    share_of_boxes,
)

# halves of the picture and a quarter of it, cx cy w h
LEFT, RIGHT = [0.25, 0.5, 0.5, 1.0], [0.75, 0.5, 0.5, 1.0]
LEFT_TOP = [0.25, 0.25, 0.5, 0.5]


@pytest.mark.parametrize(
    ('one', 'other', 'hand'),
    [
        (LEFT, LEFT, 1.0),
        (LEFT, LEFT_TOP, 0.5),  # hull = union
        (LEFT, RIGHT, 0.0),  # side by side: no gap in the hull
        (RIGHT, LEFT_TOP, -0.25),  # hull 1, of which 1/4 is of neither
        ([0.0] * 4, [0.0] * 4, 0.0),
        ([0.5, 0.5, 0.0, 0.0], LEFT, 0.0),  # a point on the side
        ([1.0, 0.5, 0.0, 0.0], LEFT, -0.5),  # a point far away
    ],
)
def test_giou_by_hand(one, other, hand):
    boxes = torch.tensor([one, other])
    assert generalized_iou(boxes[0], boxes[1]).item() == hand
    assert generalized_iou(boxes[1], boxes[0]).item() == hand


def test_box_terms_are_means_over_valid_frames():
    """Frame 0: 1-GIoU .5, L1 .25+.5; frame 1: 1, .5; frame 2 not valid."""
    boxes = torch.tensor([[LEFT, LEFT, RIGHT]])
    truth = torch.tensor([[LEFT_TOP, RIGHT, [0.0] * 4]])
    valid = torch.tensor([[True, True, False]])
    giou, l1 = box_sequence_terms(boxes, truth, valid)
    assert giou.tolist() == [0.75]
    assert l1.tolist() == [0.625]


def test_gradient_of_empty_boxes_is_finite():
    boxes = torch.zeros(1, 2, 4, requires_grad=True)
    valid = torch.tensor([[True, False]])
    giou, l1 = box_sequence_terms(boxes, torch.zeros(1, 2, 4), valid)
    (giou + l1).sum().backward()
    assert boxes.grad.isfinite().all()


def test_dice_and_focal_by_hand():
    """Two pixels with probability 1/2, one of them true.

    Dice 1 - (2 * .5 + 1) / (1 + 1 + 1); focal of a true pixel is
    .25 * .5^2 * log 2, of another one .75 * .5^2 * log 2.
    """
    logits = torch.zeros(1, 1, 1, 2)
    truth = torch.tensor([[[[True, False]]]])
    dice, focal = mask_sequence_terms(logits, truth, torch.ones(1, 1) > 0)
    assert dice.item() == pytest.approx(1 / 3)
    assert focal.item() == pytest.approx(0.125 * math.log(2))


def test_ignored_pixels_take_no_part():
    """As if the picture ended before them."""
    logits = torch.randn(2, 3, 4, 6, dtype=torch.float64)
    truth = torch.rand(2, 3, 4, 6) > 0.5
    valid = torch.tensor([[True, True, True], [True, False, True]])
    ignored = torch.zeros(3, 4, 6, dtype=torch.bool)
    ignored[..., 4:] = True
    found = mask_sequence_terms(logits, truth, valid, ignored)
    hand = mask_sequence_terms(logits[..., :4], truth[..., :4], valid)
    for one, other in zip(found, hand):
        assert one.tolist() == pytest.approx(other.tolist(), abs=1e-12)


def test_a_frame_that_is_ignored_whole_costs_nothing():
    logits = torch.randn(1, 1, 2, 2, requires_grad=True)
    truth, ones = torch.ones(1, 1, 2, 2) > 0, torch.ones(1, 2, 2) > 0
    terms = mask_sequence_terms(logits, truth, ones[:, :1, 0], ones)
    assert [term.item() for term in terms] == [0, 0]
    sum(terms).sum().backward()
    assert logits.grad.eq(0).all()


def test_no_instance_and_no_valid_frame_give_zero():
    masks = torch.zeros(0, 3, 2, 2, requires_grad=True)
    valid = torch.zeros(0, 3, dtype=torch.bool)
    dice, focal = mask_sequence_terms(masks, masks > 0, valid)
    assert dice.shape == focal.shape == (0,)
    (dice.sum() + focal.sum()).backward()
    assert masks.grad is not None
    nothing = mean_over_valid(torch.ones(2, 3), torch.zeros(3) > 0)
    assert nothing.tolist() == [0, 0]


def test_share_of_boxes_by_counting():
    pixels = torch.zeros(2, 4, 8, dtype=torch.bool)
    pixels[0, :, 2:6] = True
    boxes = torch.tensor([LEFT, RIGHT, LEFT_TOP, [0.5, 0.5, 0.5, 1.0]])
    found = share_of_boxes(boxes[None].expand(2, -1, -1), pixels)
    assert found.tolist() == [[0.5, 0.5, 0.5, 1.0], [0.0] * 4]
    odd = torch.tensor([[0.5, 0.5, 0.0, 0.0], [0.9, 0.5, 1.0, 1.0]])
    found = share_of_boxes(odd[None], pixels[:1])
    assert found.tolist() == [[0.0, pytest.approx(3 / 5, abs=1e-6)]]


def test_share_of_boxes_that_begin_below_the_top():
    """The upper two of four rows are covered."""
    pixels = torch.zeros(1, 4, 8, dtype=torch.bool)
    pixels[0, :2] = True
    boxes = torch.tensor([[[0.5, 0.75, 0.5, 0.5], [0.5] * 4]])
    assert share_of_boxes(boxes, pixels).tolist() == [[0.0, 0.5]]
