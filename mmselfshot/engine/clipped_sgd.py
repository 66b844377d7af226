"""Gradient descent with detectron2's kind of gradient clipping."""

import torch
from torch.optim import SGD

from mmselfshot.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
class ClippedSGD(SGD):
    """SGD that clips the gradient of each parameter by its own norm.

    `clip_grad` of an OptimWrapper clips by the norm over all parameters,
    which is a much smaller step at the same bound.

    Args:
        max_norm: Greatest L2 norm of the gradient of one parameter.
        kwargs: See `torch.optim.SGD`.
    """

    def __init__(self, params, max_norm: float, **kwargs) -> None:
        super().__init__(params, **kwargs)
        self.max_norm = max_norm

    @torch.no_grad()
    def step(self, closure=None):
        """Clip, then step."""
        for group in self.param_groups:
            for parameter in group['params']:
                if parameter.grad is not None:
                    torch.nn.utils.clip_grad_norm_(parameter, self.max_norm)
        return super().step(closure)
