"""The losses of the retriever, to be named in a config.

They hold options alone; the mathematics is in `retrieval_losses`.
Shapes: N clips, M candidates.
"""

from torch import Tensor, nn

from mmselfshot.models.retriever.retrieval_losses import (
    RANKING_MODES,
    mil_nce,
    moco_loss,
    ranking_loss,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


def _check_tau(name: str, tau: float) -> None:
    if not tau > 0:
        raise UserError(f'{name} has tau={tau}; expected a number above 0')


@MODELS.register_module()
class MILNCELoss(nn.Module):
    """Eq. (1), see `mil_nce`.

    Args:
        tau: Temperature, above 0.

    Raises:
        UserError: If tau is not above 0.
    """

    def __init__(self, tau: float = 0.07) -> None:
        super().__init__()
        _check_tau('MILNCELoss', tau)
        self.tau = tau

    def forward(
        self, sim: Tensor, positive: Tensor, negative: Tensor, own: Tensor
    ) -> Tensor:
        """Scalar float; arguments as in `mil_nce`, and `own` is not used."""
        return mil_nce(sim, positive, negative, self.tau)


@MODELS.register_module()
class RankingLoss(nn.Module):
    """Eq. (2), see `ranking_loss`.

    Args:
        tau: Temperature, above 0.
        mode: One of `RANKING_MODES`.

    Raises:
        UserError: If tau or mode is not one of these.
    """

    def __init__(self, tau: float = 0.05, mode: str = 'neglog_mean') -> None:
        super().__init__()
        _check_tau('RankingLoss', tau)
        if mode not in RANKING_MODES:
            raise UserError(
                f'RankingLoss has mode={mode!r}; expected one of '
                f'{", ".join(RANKING_MODES)}'
            )
        self.tau = tau
        self.mode = mode

    def forward(
        self, sim: Tensor, positive: Tensor, negative: Tensor, own: Tensor
    ) -> Tensor:
        """Scalar float; arguments as in `ranking_loss`."""
        return ranking_loss(
            sim, positive, negative, self.tau, self.mode, own=own
        )


@MODELS.register_module()
class MoCoLoss(nn.Module):
    """One positive against the queue, see `moco_loss`.

    Args:
        tau: Temperature, above 0.

    Raises:
        UserError: If tau is not above 0.
    """

    def __init__(self, tau: float = 0.07) -> None:
        super().__init__()
        _check_tau('MoCoLoss', tau)
        self.tau = tau

    def forward(self, own: Tensor, queued: Tensor, negative: Tensor) -> Tensor:
        """Scalar float; arguments as in `moco_loss`."""
        return moco_loss(own, queued, negative, self.tau)
