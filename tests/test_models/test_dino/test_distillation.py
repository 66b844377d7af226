"""Centring, sharpening, the moving teacher."""

import math

import pytest
import torch
from torch import nn

from mmselfshot.models.dino.distillation import (
    Centre,
    ProjectionHead,
    distillation_loss,
    rising_momentum,
    update_average,
)


def test_loss_of_two_prototypes_by_hand():
    """-(0.75 log s(0.2) + 0.25 log s(-0.2)) at temperature 0.1."""
    student = torch.tensor([[0.02, 0.0]])
    target = torch.tensor([[0.75, 0.25]])
    log_first = -math.log(1 + math.exp(-0.2))
    log_second = -math.log(1 + math.exp(0.2))
    hand = -(0.75 * log_first + 0.25 * log_second)
    found = distillation_loss(student, target, temperature=0.1)
    assert found.item() == pytest.approx(hand, rel=1e-5)


def test_loss_of_nothing_is_zero_with_a_graph():
    student = torch.zeros(0, 4, requires_grad=True)
    loss = distillation_loss(student, torch.zeros(0, 4))
    loss.backward()
    assert loss.item() == 0


def test_centre_moves_and_is_taken_off():
    centre = Centre(2, momentum=0.5, temperature=1.0)
    logits = torch.tensor([[3.0, 1.0], [1.0, 1.0]])
    centre.update(logits)  # mean (2, 1), half of it
    torch.testing.assert_close(centre.mean, torch.tensor([1.0, 0.5]))
    odds = math.exp(2.0 - 0.5)
    targets = centre.targets(logits)
    assert targets[0, 0].item() == pytest.approx(odds / (1 + odds), rel=1e-5)


def test_low_temperature_sharpens():
    logits = torch.tensor([[0.1, 0.0]])
    warm, cold = (Centre(2, temperature=t).targets(logits) for t in (1, 0.01))
    assert cold[0, 0] > 0.999 > 0.6 > warm[0, 0]


def test_teacher_is_the_moving_average():
    teacher, student = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    nn.init.constant_(student.weight, 3.0)
    student.running_mean.fill_(7.0)
    update_average(teacher, student, keep=0.75)
    assert teacher.weight.tolist() == [1.5, 1.5]
    assert teacher.running_mean.tolist() == [7.0, 7.0]


def test_momentum_rises_from_start_to_one():
    values = [rising_momentum(0.9, k, 10) for k in (0, 5, 10, 99)]
    assert values == pytest.approx([0.9, 0.95, 1.0, 1.0])


def test_head_gives_cosines():
    head = ProjectionHead(4, 6)
    found = head(torch.randn(5, 4))
    assert found.shape == (5, 6)
    assert found.abs().max() <= 1 + 1e-5
    head.prototypes.data *= 7
    assert found.abs().max() <= 1 + 1e-5
