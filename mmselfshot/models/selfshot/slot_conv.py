"""The convolution of attention maps and features, shared over the slots.

Source: Self-Shot VIS (ECCV 2022), App. A.3: the maps of a slot are
concatenated with the features of the frame, which are the same for all
slots.
Ours: a convolution is linear, so that the part of the features is computed
once per frame and the small part of the maps is added; exact.
Shapes: M frames or maps, C channels, h w feature cells.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SlotConv(nn.Conv2d):
    """A 3x3 convolution of [maps, features] that can be taken apart.

    Args:
        num_maps: Attention maps of a slot.
        num_features: Channels of the features.
        out_channels: Channels that come out.
    """

    def __init__(
        self, num_maps: int, num_features: int, out_channels: int
    ) -> None:
        super().__init__(num_maps + num_features, out_channels, 3, padding=1)
        self.num_maps = num_maps

    def of_features(self, features: Tensor) -> Tensor:
        """The part that slots share, with the bias: (M, C, h, w)."""
        weight = self.weight[:, self.num_maps :]
        return F.conv2d(features, weight, self.bias, padding=1)

    def of_maps(self, maps: Tensor) -> Tensor:
        """The part of each slot: (M, num_maps, h, w) to (M, C, h, w)."""
        return F.conv2d(maps, self.weight[:, : self.num_maps], padding=1)

    def forward(self, maps: Tensor, features: Tensor) -> Tensor:
        """Both parts at once, the plain way: (M, C, h, w)."""
        return super().forward(torch.cat([maps, features], 1))
