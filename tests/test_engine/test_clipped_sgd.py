"""Clipping by the norm of each parameter."""

import torch

from mmselfshot.engine import ClippedSGD


def test_each_gradient_is_clipped_by_itself():
    """(3, 4) has norm 5 and becomes (.6, .8); (.3, .4) stays."""
    large, small, still = (torch.zeros(2, requires_grad=True) for _ in 'abc')
    large.grad, small.grad = torch.tensor([3.0, 4.0]), torch.tensor([0.3, 0.4])
    optimizer = ClippedSGD([large, small, still], max_norm=1.0, lr=1.0)
    optimizer.step()
    torch.testing.assert_close(
        large.detach(), torch.tensor([-0.6, -0.8]), rtol=1e-5, atol=0
    )
    torch.testing.assert_close(small.detach(), torch.tensor([-0.3, -0.4]))
    assert still.tolist() == [0, 0]
