"""Matching of slots and true instances."""

import itertools
import math

import pytest
import torch

from mmselfshot.models.selfshot.instance_sequence_assigner import (
    InstanceSequenceAssigner,
)
from mmselfshot.registry import TASK_UTILS
from mmselfshot.structures.instance_sequences import InstanceSequences
from mmselfshot.utils import UserError

LEFT, RIGHT = [0.25, 0.5, 0.5, 1.0], [0.75, 0.5, 0.5, 1.0]
ZERO = [0.0] * 4


def instances(boxes, valid=None):
    """Instances of which only boxes are looked at."""
    boxes = torch.as_tensor(boxes)
    shape = boxes.shape[:2]
    valid = torch.ones(shape) if valid is None else torch.tensor(valid)
    masks = torch.zeros(*shape, 1, 1, dtype=torch.bool)
    return InstanceSequences(masks, boxes, valid > 0)


def test_costs_by_hand():
    """One slot with p = 3/4, then 1/4, box LEFT; the truth RIGHT, nothing.

    paper: 2 * (1 - 0) + 5 * .5 - 3/4. vistr: L1 (.5 + 2.25) / 8, IoU 0
    twice (1e-6 aside), p = 1/2.
    """
    odds = math.log(3)
    logits = torch.tensor([[[odds, 0.0]], [[0.0, odds]]])
    boxes = torch.tensor([[LEFT], [LEFT]])
    truth = instances([[RIGHT, ZERO]], [[True, False]])
    paper = InstanceSequenceAssigner().costs(logits, boxes, truth)
    assert paper.item() == pytest.approx(3.75)
    vistr = InstanceSequenceAssigner(style='vistr').costs(logits, boxes, truth)
    assert vistr.item() == pytest.approx(5 * 2.75 / 8 - 0.5, abs=1e-5)


def test_instance_that_is_never_shown_gets_no_slot():
    truth = instances(
        [[LEFT, ZERO], [ZERO, ZERO]], [[True, False], [False, False]]
    )
    boxes = torch.tensor([[LEFT, RIGHT]] * 2)
    slots = InstanceSequenceAssigner()(torch.zeros(2, 2, 2), boxes, truth)
    assert slots.tolist() == [0, -1]


def test_weights_are_used():
    logits, boxes = torch.zeros(1, 1, 2), torch.tensor([[LEFT]])
    truth = instances([[RIGHT]])
    for weights, hand in (
        ((1, 0, 0), -0.5),
        ((0, 1, 0), 0.5),
        ((0, 0, 1), 1.0),
    ):
        assigner = InstanceSequenceAssigner(*weights)
        assert assigner.costs(logits, boxes, truth).item() == hand


@pytest.mark.parametrize('style', ['paper', 'vistr'])
def test_no_other_assignment_costs_less(style):
    num_slots, frames, num = 5, 4, 3
    logits = torch.randn(frames, num_slots, 2)
    boxes = torch.rand(frames, num_slots, 4)
    truth = instances(
        torch.rand(num, frames, 4),
        [[1, 1, 0, 1], [0, 1, 1, 1], [1, 0, 0, 0]],
    )
    assigner = InstanceSequenceAssigner(style=style)
    cost = assigner.costs(logits, boxes, truth)
    slots = assigner(logits, boxes, truth)
    assert len(set(slots.tolist())) == num
    least = min(
        sum(cost[slot, g].item() for g, slot in enumerate(one))
        for one in itertools.permutations(range(num_slots), num)
    )
    found = cost[slots, torch.arange(num)].sum().item()
    assert found == pytest.approx(least, abs=1e-5)


def test_permuted_slots_are_followed():
    logits, boxes = torch.randn(3, 6, 2), torch.rand(3, 6, 4)
    truth = instances(torch.rand(4, 3, 4))
    assigner, order = InstanceSequenceAssigner(), torch.randperm(6)
    slots = assigner(logits, boxes, truth)
    permuted = assigner(logits[:, order], boxes[:, order], truth)
    assert order[permuted].tolist() == slots.tolist()


def test_boxes_of_frames_that_are_not_valid_do_not_count():
    """Slot 0 is right where the instance is seen, slot 1 elsewhere."""
    logits = torch.zeros(3, 2, 2)
    boxes = torch.tensor([[LEFT, RIGHT], [RIGHT, LEFT], [RIGHT, LEFT]])
    truth = instances([[LEFT, LEFT, LEFT]], [[True, False, False]])
    assert InstanceSequenceAssigner()(logits, boxes, truth).tolist() == [0]


def test_an_instance_that_is_never_shown_takes_no_slot():
    logits, boxes = torch.zeros(1, 2, 2), torch.tensor([[LEFT, RIGHT]])
    truth = instances([[LEFT], [ZERO], [RIGHT]], [[True], [False], [True]])
    slots = InstanceSequenceAssigner()(logits, boxes, truth)
    assert slots.tolist() == [0, -1, 1]


def test_more_instances_than_slots_leave_the_worst_without():
    logits, boxes = torch.zeros(1, 1, 2), torch.tensor([[RIGHT]])
    truth = instances([[LEFT], [RIGHT]])
    slots = InstanceSequenceAssigner()(logits, boxes, truth)
    assert slots.tolist() == [-1, 0]


def test_no_instance():
    truth = instances(torch.zeros(0, 3, 4))
    logits, boxes = torch.zeros(3, 2, 2), torch.rand(3, 2, 4)
    slots = InstanceSequenceAssigner()(logits, boxes, truth)
    assert slots.shape == (0,)
    assert slots.dtype == torch.int64


def test_it_is_built_from_a_config_and_refuses_an_unknown_style():
    built = TASK_UTILS.build(
        dict(type='InstanceSequenceAssigner', style='vistr')
    )
    assert built.style == 'vistr'
    with pytest.raises(UserError, match='paper, vistr'):
        InstanceSequenceAssigner(style='detr')


def test_logits_that_are_no_numbers_are_refused():
    logits = torch.full((1, 2, 2), float('nan'))
    with pytest.raises(ValueError, match='not finite'):
        InstanceSequenceAssigner()(
            logits, torch.rand(1, 2, 4), instances([[LEFT]])
        )
