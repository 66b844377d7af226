"""Kinds of the things in a still picture, to pretrain a small backbone.

Ours: the papers start from backbones trained on ImageNet; ToyVIS has its
captioned stills instead. Every cell of the last feature map votes for the
kinds, and a soft maximum over the cells makes the picture's answer, so that
the features learn kinds where they stand without any box.
Shapes: B pictures, K kinds, C channels, h w feature cells.
"""

import math

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmselfshot.registry import MODELS


def soft_max_pool(votes: Tensor) -> Tensor:
    """Log-mean-exp over the cells: a maximum whose gradient is spread.

    Args:
        votes: (B, K, h, w) float logits.

    Returns:
        (B, K) float logits, between the mean and the maximum over cells.
    """
    cells = votes.shape[2] * votes.shape[3]
    return votes.flatten(2).logsumexp(2) - math.log(cells)


def set_cross_entropy(logits: Tensor, kinds: Tensor) -> Tensor:
    """Cross-entropy with the kinds of a picture as equally likely.

    Args:
        logits: (B, K) float.
        kinds: (B, K) float, 1 for kinds in the picture, at least one a row.

    Returns:
        Scalar float, mean over the pictures.
    """
    return F.cross_entropy(logits, kinds / kinds.sum(1, keepdim=True))


@MODELS.register_module()
class KindClassifier(BaseModel):
    """Backbone and a linear vote per cell, trained on sets of kinds.

    Args:
        backbone: Config of a backbone that returns a tuple of (B, C, h, w)
            maps.
        num_channels: C of each map that votes, from the last backwards; the
            votes of several maps are added after pooling.
        num_kinds: K.
        data_preprocessor: Config, `ImgDataPreprocessor` by default.
        init_cfg: See `mmengine.model.BaseModule`.
    """

    def __init__(
        self,
        backbone: dict,
        num_channels: list[int],
        num_kinds: int,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor or dict(type='mmengine.ImgDataPreprocessor'),
            init_cfg,
        )
        self.backbone = MODELS.build(backbone)
        self.votes = nn.ModuleList(
            nn.Conv2d(channels, num_kinds, 1) for channels in num_channels
        )

    def forward(
        self,
        inputs: Tensor,
        data_samples: list[Tensor] | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict | list[dict]:
        """Vote on a batch of stills.

        Args:
            inputs: (B, 3, H, W) float, normalised.
            data_samples: B times (K,) bool, True for kinds in the picture.
            mode: 'loss', 'predict' or 'tensor'.

        Returns:
            tensor: (B, K) float logits; loss: `{'loss_kind': scalar}`;
            predict: B dicts with `logits` (K,) and `kinds` (K,).
        """
        maps = self.backbone(inputs)[-len(self.votes) :]
        logits = sum(
            soft_max_pool(vote(level))
            for vote, level in zip(self.votes, reversed(maps))
        )
        if mode == 'loss':
            kinds = torch.stack(list(data_samples)).to(logits)
            return dict(loss_kind=set_cross_entropy(logits, kinds))
        if mode == 'predict':
            return [
                dict(logits=row.cpu(), kinds=truth.cpu())
                for row, truth in zip(logits, data_samples)
            ]
        return logits
