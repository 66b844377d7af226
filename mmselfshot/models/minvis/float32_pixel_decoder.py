"""The deformable pixel decoder of Mask2Former, always in float32.

Source: Mask2Former (CVPR 2022), Sec. 3.2.1; MinVIS uses it unchanged. The
published program switches mixed precision off inside it; mmdet's does not.
"""

import torch
from mmdet.models.layers import MSDeformAttnPixelDecoder
from torch import Tensor

from mmselfshot.registry import MODELS


@MODELS.register_module()
class Float32PixelDecoder(MSDeformAttnPixelDecoder):
    """`mmdet.MSDeformAttnPixelDecoder` with autocast off."""

    def forward(self, feats: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Fuse the features of a backbone.

        Args:
            feats: Strides 4, 8, 16, 32, each (B, C_i, h_i, w_i) of any float
                type.

        Returns:
            Mask features (B, C, h, w) at stride 4, and three levels of
            (B, C, h_i, w_i) at strides 32, 16, 8; all float32.
        """
        with torch.autocast(feats[0].device.type, enabled=False):
            return super().forward([feat.float() for feat in feats])
