"""Parts that are run again in the backward pass."""

import pytest
import torch

from mmselfshot.models.selfshot import run_part


class Counted(torch.nn.Module):
    """Squares, drops half, and counts its runs."""

    num_runs = 0

    def forward(self, values, factor):
        self.num_runs += 1
        return torch.dropout(values.square(), 0.5, True) * factor


@pytest.mark.parametrize('is_checkpointed', [True, False])
def test_gradient_and_random_numbers_are_the_same(is_checkpointed):
    """2 x for x^2, doubled where kept, as the result is."""
    part = Counted()
    values = torch.full((20,), 3.0, requires_grad=True)
    found = run_part(part, values, 1, is_checkpointed=is_checkpointed)
    found.sum().backward()
    assert torch.equal(values.grad, found.detach() / 18 * 12)
    assert part.num_runs == 1 + is_checkpointed


def test_nothing_runs_twice_without_gradient():
    part = Counted()
    with torch.no_grad():
        run_part(part, torch.ones(2), 1, is_checkpointed=True)
    assert part.num_runs == 1
