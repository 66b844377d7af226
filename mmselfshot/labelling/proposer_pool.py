"""Masks of several proposers together, e.g. of MaskCut at several settings.

Ours, no paper.
"""

from collections.abc import Sequence

import numpy as np
from torch import nn

from mmselfshot.labelling.proposals import Proposals
from mmselfshot.registry import MODELS


@MODELS.register_module()
class ProposerPool(nn.Module):
    """Asks several proposers, and drops masks that are nearly the same.

    Args:
        proposers: Configs of the proposers, or the objects. Their scores
            are compared as they are.
        max_iou: Of two masks with a larger IoU, the one of the higher score
            stays; of equal scores, the one of the earlier proposer.
    """

    def __init__(
        self, proposers: Sequence[dict | nn.Module], max_iou: float = 0.8
    ) -> None:
        super().__init__()
        self.proposers = nn.ModuleList(
            MODELS.build(one) if isinstance(one, dict) else one
            for one in proposers
        )
        self.max_iou = max_iou

    def propose(self, frames: Sequence[np.ndarray]) -> list[Proposals]:
        """Find masks in consecutive frames of one video.

        Args:
            frames: T times (H, W, 3) uint8, RGB.

        Returns:
            Of each frame, best score first.
        """
        asked = [one.propose(frames) for one in self.proposers]
        return [
            drop_doubles(per_frame, self.max_iou) for per_frame in zip(*asked)
        ]


def drop_doubles(parts: Sequence[Proposals], max_iou: float) -> Proposals:
    """Join proposals of one frame; of doubles, the best score stays."""
    masks = np.concatenate([part.masks for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind='stable')
    masks, scores = masks[order], scores[order]
    num_masks, height, width = masks.shape
    flat = masks.reshape(num_masks, height * width).astype(np.float32)
    shared = flat @ flat.T
    areas = np.diag(shared)
    iou = shared / np.maximum(areas[:, None] + areas - shared, 1)
    kept: list[int] = []
    for n in range(num_masks):
        if not (iou[n, kept] > max_iou).any():
            kept.append(n)
    return Proposals.from_masks(masks[kept], scores[kept])
