"""How many candidates come before one, made differentiable.

Source: Self-Shot VIS (ECCV 2022), Sec. A.2, Eq. (6) and (7): the rank is
    R_a(b, C) = 1 + sum_{c in C, c != b} sigmoid((cos(a, c) - cos(a, b)) / tau)
and this file gives the sum.
Shapes: N clips, M candidates, P of them whose rank is asked for.
Ours: written as N x P x M the sum takes a cube of values, and its gradient
keeps the cube. Here one of the P is done at a time, and its values are
computed again for the gradient, so that nothing is larger than N x M.
"""

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def soft_counts(
    sim: Tensor, is_member: Tensor, columns: Tensor, tau: float
) -> Tensor:
    """The sum over the members of C in Eq. (7); b itself is left out.

    Args:
        sim: (N, M) float, similarity of each clip with each candidate.
        is_member: (N, M) bool, True where the candidate is in C.
        columns: (N, P) int64 in [0, M), the candidates b.
        tau: Temperature, above 0.

    Returns:
        (N, P) float in [0, M], differentiable once with respect to `sim`.
    """
    return _SoftCounts.apply(sim, is_member, columns, tau)


def _steps(
    sim: Tensor, is_member: Tensor, column: Tensor, tau: float
) -> Tensor:
    """(N, M) float, the sigmoids for one b per clip, `column` (N, 1)."""
    steps = sim.sub(sim.gather(1, column)).div_(tau).sigmoid_()
    return steps.masked_fill_(~is_member, 0).scatter_(1, column, 0)


class _SoftCounts(Function):
    """Forgets the sigmoids and computes them again for the gradient."""

    @staticmethod
    def forward(
        ctx, sim: Tensor, is_member: Tensor, columns: Tensor, tau: float
    ) -> Tensor:
        ctx.save_for_backward(sim, is_member, columns)
        ctx.tau = tau
        counts = torch.zeros_like(columns, dtype=sim.dtype)
        for i in range(columns.shape[1]):
            column = columns[:, i : i + 1]
            counts[:, i] = _steps(sim, is_member, column, tau).sum(1)
        return counts

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None, None]:
        sim, is_member, columns = ctx.saved_tensors
        total = torch.zeros_like(sim)
        for i in range(columns.shape[1]):
            column = columns[:, i : i + 1]
            steps = _steps(sim, is_member, column, ctx.tau)
            # the slope of a sigmoid s is s (1 - s)
            slopes = steps.sub_(steps.square()).mul_(
                grad[:, i : i + 1] / ctx.tau
            )
            total += slopes
            total.scatter_add_(1, column, -slopes.sum(1, keepdim=True))
        return total, None, None, None
