"""Deformable convolution over frames, fast on the CPU as well.

Source: Deformable Convolutional Networks (ICCV 2017), Eq. (2) and (3); Self-
Shot VIS (ECCV 2022), App. A.3, has one in the segmenter.
Ours: on the CPU the same sum through `grid_sample`, because the compiled
operation learns there an order of magnitude slower.
Shapes: N images, C channels, O output channels, k side of the kernel, H W
pixels.
"""

import torch
import torch.nn.functional as F
from mmcv.ops import DeformConv2dPack
from mmcv.ops.deform_conv import deform_conv2d
from torch import Tensor

from mmselfshot.models.selfshot.precision import at_least_float32


class FrameDeformConv(DeformConv2dPack):
    """Deformable convolution that learns its own offsets, in float32.

    It keeps the size: stride 1, one group, padding of half the kernel.
    """

    def __init__(self, in_channels: int, out_channels: int, side: int = 3):
        super().__init__(in_channels, out_channels, side, padding=side // 2)

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """Convolve (N, C, H, W) to (N, O, H, W).

        Args:
            num_frames: Divides N. The compiled operation takes a step of
                images at a time and wants a multiple of it.
        """
        with torch.autocast(x.device.type, enabled=False):
            x = at_least_float32(x)
            offset = self.conv_offset(x)
            if x.device.type == 'cpu':
                return deform_conv_by_sampling(x, offset, self.weight)
            return deform_conv2d(
                x.contiguous(),
                offset,
                self.weight,
                self.stride,
                self.padding,
                self.dilation,
                self.groups,
                self.deform_groups,
                False,
                num_frames,
            )


def deform_conv_by_sampling(x: Tensor, offset: Tensor, weight: Tensor):
    """Sample where the kernel looks, then convolve: stride 1, same size.

    Args:
        x: (N, C, H, W) float; zero outside.
        offset: (N, 2 k k, H, W) float, pixels; y then x for each place of
            the kernel, row after row.
        weight: (O, C, k, k) float, k odd.

    Returns:
        (N, O, H, W) float.
    """
    num, _, height, width = x.shape
    side = weight.shape[-1]
    offset = offset.view(num, side * side, 2, height, width)
    reach = torch.arange(side, device=x.device) - side // 2
    down, right = torch.meshgrid(reach, reach, indexing='ij')
    y = torch.arange(height, device=x.device)[:, None]
    y = y + down.reshape(-1, 1, 1) + offset[:, :, 0]
    across = torch.arange(width, device=x.device)
    across = across + right.reshape(-1, 1, 1) + offset[:, :, 1]
    places = torch.stack(
        [(2 * across + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1
    )
    sampled = F.grid_sample(
        x, places.flatten(1, 2).to(x.dtype), align_corners=False
    )
    sampled = sampled.view(num, -1, height, width)
    return F.conv2d(sampled, weight.flatten(1)[..., None, None])
