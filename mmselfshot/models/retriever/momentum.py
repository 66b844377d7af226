"""Momentum encoder: the moving average that makes the keys.

Source: Self-Shot VIS (ECCV 2022), Sec. 4, after MoCo (CVPR 2020), Eq. (2):
    theta_m <- m theta_m + (1 - m) theta.
Ours: the paper gives no m; 0.999 is MoCo's. Cosine, m rises to 1 (DINO,
ICCV 2021, Sec. 3.1), is a choice.
"""

from copy import deepcopy

import torch
from torch import nn

from mmselfshot.models.dino.distillation import (
    rising_momentum,
    update_average,
)
from mmselfshot.utils import UserError


class MomentumEncoder(nn.Module):
    """Moving average of an encoder, without gradient.

    Attributes:
        average: The encoder of the keys, a copy at the start.
        step: () int64, how many updates were made; saved with the model.

    Args:
        encoder: Whose average it is; it is not kept.
        momentum: m in [0, 1], at the start.
        num_updates: None for a constant m, else the number of updates after
            which m, rising along a cosine, is 1.

    Raises:
        UserError: If a value is outside of its range.
    """

    def __init__(
        self,
        encoder: nn.Module,
        momentum: float = 0.999,
        num_updates: int | None = None,
    ) -> None:
        super().__init__()
        if not 0 <= momentum <= 1:
            raise UserError(
                f'momentum encoder has momentum={momentum}; expected 0 to 1'
            )
        if num_updates is not None and num_updates < 1:
            raise UserError(
                f'momentum encoder has num_updates={num_updates}; expected 1 '
                'or more, or None for a constant momentum'
            )
        self.average = deepcopy(encoder).requires_grad_(False)
        self.momentum = momentum
        self.num_updates = num_updates
        self.register_buffer('step', torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def forward(self, *args, **kwargs):
        """What the average gives for the arguments of the encoder."""
        return self.average(*args, **kwargs)

    def update(self, encoder: nn.Module) -> None:
        """Move the average; once after each step of the optimizer."""
        update_average(self.average, encoder, self.current_momentum())
        self.step += 1

    def current_momentum(self) -> float:
        """The m of the next update."""
        if self.num_updates is None:
            return self.momentum
        return rising_momentum(self.momentum, int(self.step), self.num_updates)
