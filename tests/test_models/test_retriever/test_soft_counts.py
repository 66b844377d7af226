"""Counting what comes before, without a cube."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from mmselfshot.models.retriever.soft_counts import soft_counts


def slow_counts(sim, is_member, columns, tau):
    """Eq. (7) less 1, as a cube of N x P x M."""
    at = sim.gather(1, columns)
    steps = ((sim[:, None] - at[..., None]) / tau).sigmoid()
    is_itself = columns[..., None] == torch.arange(sim.shape[1])
    is_counted = is_member[:, None] & ~is_itself
    return (steps * is_counted).sum(2)


def drawn(num_clips=5, num_candidates=7, num_columns=3):
    """Cosines, members, and columns of which some are members."""
    sim = 2 * torch.rand(num_clips, num_candidates).double() - 1
    is_member = torch.rand(num_clips, num_candidates) > 0.4
    columns = torch.randint(num_candidates, (num_clips, num_columns))
    return sim.requires_grad_(), is_member, columns


def test_three_candidates_by_hand():
    """b = 0.2 against 0.4 and -0.2 with tau 0.2: s(1) + s(-2)."""
    sim = torch.tensor([[0.2, 0.4, -0.2, 1.0]])
    is_member = torch.tensor([[True, True, True, False]])
    found = soft_counts(sim, is_member, torch.tensor([[0]]), 0.2)
    hand = 1 / (1 + math.exp(-1)) + 1 / (1 + math.exp(2))
    assert found.item() == pytest.approx(hand, rel=1e-5)


@pytest.mark.parametrize('tau', [0.01, 0.05, 2.0])
def test_counts_and_gradient_are_those_of_the_cube(tau):
    sim, is_member, columns = drawn()
    weights = torch.rand(columns.shape).double()
    results = []
    for count in (soft_counts, slow_counts):
        found = count(sim, is_member, columns, tau)
        (grad,) = torch.autograd.grad((found * weights).sum(), sim)
        results.append((found, grad))
    (ours, our_grad), (slow, slow_grad) = results
    torch.testing.assert_close(ours, slow)
    torch.testing.assert_close(our_grad, slow_grad)


def test_gradient_is_that_of_small_steps():
    sim, is_member, columns = drawn()
    assert gradcheck(
        lambda sim: soft_counts(sim, is_member, columns, 0.3), (sim,)
    )


def test_sharp_temperature_counts_what_comes_before():
    sim = torch.tensor([[0.9, 0.1, 0.5, 0.7]])
    everyone = torch.ones(1, 4, dtype=torch.bool)
    found = soft_counts(sim, everyone, torch.arange(4)[None], 1e-4)
    assert found.round().tolist() == [[0, 3, 2, 1]]


def test_equal_candidates_count_half():
    sim = torch.zeros(1, 5)
    everyone = torch.ones(1, 5, dtype=torch.bool)
    assert soft_counts(sim, everyone, torch.tensor([[2]]), 0.1).item() == 2.0


def test_order_of_the_candidates_does_not_matter():
    sim, is_member, columns = drawn()
    order = torch.randperm(sim.shape[1])
    place = order.argsort()
    moved = soft_counts(sim[:, order], is_member[:, order], place[columns], 1)
    torch.testing.assert_close(
        moved, soft_counts(sim, is_member, columns, 1.0)
    )


@pytest.mark.parametrize('shape', [(0, 4, 2), (3, 4, 0)])
def test_nothing_to_count_keeps_the_graph(shape):
    num_clips, num_candidates, num_columns = shape
    sim, is_member, columns = drawn(num_clips, num_candidates, num_columns)
    found = soft_counts(sim, is_member, columns, 0.1)
    assert found.shape == (num_clips, num_columns)
    found.sum().backward()
    assert sim.grad.shape == sim.shape and not sim.grad.any()


def test_no_member_counts_zero():
    sim, is_member, columns = drawn()
    found = soft_counts(sim, is_member & False, columns, 0.1)
    found.sum().backward()
    assert not found.any() and not sim.grad.any()
