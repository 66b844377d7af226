"""Tracking by matching with a memory of all earlier queries.

Source: UVIS (CVPR-W 2024), tracking memory. With the queries of a video in
slot order, Q_1, P_1[Q_2], ..., the next frame t + 1 is matched with
    Q*_t = lam * P_{t-1}[Q_t] + (1 - lam) * mu_{t-1},
where mu_{t-1} is the plain mean of the aligned queries of frames 1 to t - 1.
Nothing is trained, so any checkpoint of MinVIS can be tracked with it:
    --cfg-options model.tracker.type=MemoryBankTracker
Ours: `lam` (the paper's value was not found); the window; the weights. With
lam = 1 and no weights it is MinVIS's own tracker.
"""

from collections import deque
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmselfshot.models.minvis.minvis_tracker import MinVISTracker
from mmselfshot.registry import TASK_UTILS
from mmselfshot.utils import UserError

WEIGHTS = ('confidence', 'similarity')


@TASK_UTILS.register_module()
class MemoryBankTracker(MinVISTracker):
    """Matches a frame with a mix of the last one and of all before it.

    The whole state of a video is in this object. Without a window it is a
    few (Q, C) tensors, however long the video is.

    A weight w in [0, 1] of each slot and frame, if asked for, counts twice:
    in mu, now a weighted mean, and in the mix, where lam becomes lam * w. So
    a frame in which a slot saw nothing of its object moves neither.

    Args:
        lam: Share of the last frame in the mix, in [0, 1].
        window: How many frames before the last one the mean covers; None
            means all.
        weight: None for the plain mean; `confidence`, one minus the
            probability of no-object; `similarity`, the cosine of a slot's
            query with what it was matched with, at least 0; or a list of
            both, which multiplies them.

    Raises:
        UserError: If a value is outside of its range.
    """

    def __init__(
        self,
        lam: float = 0.5,
        window: int | None = None,
        weight: str | Sequence[str] | None = None,
    ) -> None:
        if not 0 <= lam <= 1:
            raise UserError(f'tracker has lam={lam}; expected 0 to 1')
        if window is not None and window < 1:
            raise UserError(
                f'tracker has window={window}; expected 1 or more frames, or '
                'None for all'
            )
        names = [weight] if isinstance(weight, str) else list(weight or [])
        unknown = [name for name in names if name not in WEIGHTS]
        if unknown:
            raise UserError(
                f'tracker has weight={unknown[0]!r}; expected None or some '
                f'of {", ".join(WEIGHTS)}'
            )
        self.lam = lam
        self.window = window
        self.weight = tuple(names)
        super().__init__()

    def reset(self) -> None:
        """Forget the video."""
        super().reset()
        self._sum: Tensor | None = None
        self._total: Tensor | None = None
        self._recent: deque[tuple[Tensor, Tensor]] = deque()

    def reference(self) -> Tensor | None:
        """(Q, C) float, Q* of the frames so far; None at the start."""
        return self._last

    def remember(self, embeds: Tensor, logits: Tensor) -> None:
        """Take in a frame in slot order, see `update` for the shapes."""
        embeds = embeds.float()
        weights = self._weigh(embeds, logits)
        # one frame that is not finite must not spoil all later sums
        embeds = embeds.where(embeds.isfinite(), 0.0)
        mean, is_known = self._mean(embeds)
        share = self.lam * weights[:, None] if self.weight else self.lam
        mixed = share * embeds + (1 - share) * mean
        self._last = torch.where(is_known[:, None], mixed, embeds)
        self._add(embeds, weights)

    def _weigh(self, embeds: Tensor, logits: Tensor) -> Tensor:
        """(Q,) float in [0, 1], how much each slot's query counts."""
        weights = embeds.isfinite().all(-1).to(embeds.dtype)
        if 'confidence' in self.weight:
            weights = weights * (1 - logits.float().softmax(-1)[:, -1])
        if 'similarity' in self.weight and self._last is not None:
            cosines = F.cosine_similarity(embeds, self._last, dim=-1)
            weights = weights * cosines.clamp(0, 1)
        return weights

    def _mean(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """(Q, C) mean of the memory, and (Q,) bool, False where it is void."""
        if self.window is None:
            total, summed = self._total, self._sum
        else:
            total = sum(weights for _, weights in self._recent)
            summed = sum(
                embeds * weights[:, None] for embeds, weights in self._recent
            )
        if not isinstance(total, Tensor):
            return like, torch.zeros_like(like[:, 0], dtype=torch.bool)
        is_known = total > 0
        mean = summed / torch.where(is_known, total, 1.0)[:, None]
        return mean.to(like.dtype), is_known

    def _add(self, embeds: Tensor, weights: Tensor) -> None:
        if self.window is not None:
            self._recent.append((embeds, weights))
            if len(self._recent) > self.window:
                self._recent.popleft()
            return
        # double precision: a sum over the frames of a long video
        weights = weights.double()
        weighted = embeds.double() * weights[:, None]
        if self._sum is None:
            self._sum, self._total = weighted, weights
        else:
            self._sum = self._sum + weighted
            self._total = self._total + weights
