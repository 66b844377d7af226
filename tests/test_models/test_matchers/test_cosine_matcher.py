"""Matching by cosine."""

import itertools

import pytest
import torch

from mmselfshot.models.matchers import cosine_cost, match_by_cosine


def test_cost_by_hand():
    """Cosines of (3, 4) with (4, 3), (-3, -4): 24/25 and -1."""
    cost = cosine_cost(
        torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0], [-3.0, -4.0]])
    )
    assert cost[0].tolist() == pytest.approx([1 - 24 / 25, 2.0], abs=1e-6)


def test_assignment_is_the_best_of_all_permutations():
    generator = torch.Generator().manual_seed(3)
    for _ in range(20):
        reference = torch.randn(5, 4, generator=generator)
        current = torch.randn(5, 4, generator=generator)
        cost = cosine_cost(reference, current)
        rows = torch.arange(5)
        best = min(
            cost[rows, list(p)].sum().item()
            for p in itertools.permutations(range(5))
        )
        order = match_by_cosine(reference, current)
        assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
        assert cost[rows, order].sum().item() == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize('bad', [0.0, float('nan'), float('inf')])
def test_embedding_without_direction_takes_what_is_left(bad):
    reference = torch.eye(3)
    current = torch.eye(3)[[2, 0, 1]].clone()
    current[1] = bad
    assert cosine_cost(reference, current)[:, 1].tolist() == [1.0, 1.0, 1.0]
    # slot 0 lost its query 1 and gets the one that nobody else wants
    assert match_by_cosine(reference, current).tolist() == [1, 2, 0]
