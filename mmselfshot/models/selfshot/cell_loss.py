"""Which cells of the fused query show a target: a loss at the fuser itself.

Ours: the paper trains the fuser through the slots alone. That signal is thin
(some slots of a video), so that a small training finds the objects but never
looks at the supports; asked in every cell, the fuser learns it at once.
Shapes: B videos, T frames, G targets, C channels, h w feature cells, H W
pixels.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmselfshot.models.selfshot.attention import xavier_linear
from mmselfshot.models.selfshot.precision import at_least_float32
from mmselfshot.registry import MODELS
from mmselfshot.structures.instance_sequences import InstanceSequences


@MODELS.register_module()
class CellLoss(nn.Module):
    """Binary cross-entropy with the share of each cell that is target.

    Args:
        dims: C.
        weight: Of the loss.
        positive_weight: Of targets against the rest.
    """

    def __init__(
        self, dims: int, weight: float = 5.0, positive_weight: float = 5.0
    ) -> None:
        super().__init__()
        self.weight = weight
        self.positive_weight = positive_weight
        self.head = xavier_linear(dims, 1)

    def forward(
        self,
        fused: Tensor,
        targets: Sequence[InstanceSequences],
        ignored: Sequence[Tensor | None] | None = None,
    ) -> Tensor:
        """Compare what the cells say with the targets.

        Args:
            fused: (B, T, C, h, w) float.
            targets: B, any number of instances each.
            ignored: B, (T, H, W) bool or None, pixels that take no part: a
                cell counts for what is left of it. None means none.

        Returns:
            Scalar float32, mean over all cells.
        """
        fused = at_least_float32(fused)
        logits = self.head(fused.movedim(2, -1))[..., 0].float()
        covered = torch.stack([one.masks.any(0) for one in targets]).to(logits)
        size = tuple(logits.shape[-2:])
        left = _left_pixels(ignored, targets)
        if left is not None:
            left = F.adaptive_avg_pool2d(left.to(logits), size)
        covered = F.adaptive_avg_pool2d(covered, size)
        if left is not None:
            covered = (covered / left).where(left > 0, 0)
        losses = F.binary_cross_entropy_with_logits(
            *(logits, covered, left),
            reduction='mean' if left is None else 'sum',
            pos_weight=logits.new_tensor(self.positive_weight),
        )
        if left is not None:
            losses = losses / left.sum().clamp(min=1)
        return self.weight * losses


def _left_pixels(
    ignored: Sequence[Tensor | None] | None,
    targets: Sequence[InstanceSequences],
) -> Tensor | None:
    """(B, T, H, W) bool, those that take part; None if all do."""
    if not any(one is not None and one.any() for one in ignored or ()):
        return None
    return torch.stack(
        [
            target.masks.new_ones(target.masks.shape[1:])
            if one is None
            else ~one
            for one, target in zip(ignored, targets)
        ]
    )
