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
        self, fused: Tensor, targets: Sequence[InstanceSequences]
    ) -> Tensor:
        """Compare what the cells say with the targets.

        Args:
            fused: (B, T, C, h, w) float.
            targets: B, any number of instances each.

        Returns:
            Scalar float32, mean over all cells.
        """
        logits = self.head(fused.movedim(2, -1))[..., 0].float()
        covered = torch.stack([one.masks.any(0) for one in targets]).to(logits)
        covered = F.adaptive_avg_pool2d(covered, tuple(logits.shape[-2:]))
        return self.weight * F.binary_cross_entropy_with_logits(
            logits,
            covered,
            pos_weight=logits.new_tensor(self.positive_weight),
        )
