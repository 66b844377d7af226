"""Mask sequences of slots from attention maps and features.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, stage 3, and App. A.3: attention
maps, concatenated with the encoded query and the fused feature, a deformable
convolution, then three 3-D convolutions with group normalisation over the
features of all frames of a slot.
Ours, where the paper gives nothing, from VisTR's published sizes: the
channels, the features of earlier stages added on the way to stride 4, and
the dilation of the 3-D convolutions.
Shapes: B videos, T frames, n slots, P (video, slot) pairs, C channels,
h w feature cells at stride 16.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmselfshot.models.selfshot.frame_deform_conv import FrameDeformConv
from mmselfshot.models.selfshot.slot_attention import SlotAttention
from mmselfshot.models.selfshot.slot_conv import SlotConv

NORM_GROUPS = 8


class InstanceSegmenter(nn.Module):
    """Predicts the mask sequence of each slot at stride 4.

    Args:
        dims: Channels of slots and features.
        num_heads: Attention maps of a slot.
        channels: After the first convolution, the next two, and the
            deformable one.
        level_channels: Of the features at strides 4 and 8.
        has_joint_softmax: See `slot_attention_maps`.
        has_unit_mean_maps: See `SlotAttention`.
        is_first_conv_shared: Convolve the features, which all slots have in
            common, once per frame; exact, as a convolution is linear.
        slots_at_once: (video, slot) pairs computed together; bounds the
            memory, changes no result. None: all.
        has_checkpoints: Compute the chunks again in the backward pass
            instead of keeping what is inside them.
    """

    def __init__(
        self,
        dims: int = 288,
        num_heads: int = 8,
        channels: Sequence[int] = (192, 96, 48, 24),
        level_channels: Sequence[int] = (256, 512),
        has_joint_softmax: bool = True,
        has_unit_mean_maps: bool = False,
        is_first_conv_shared: bool = True,
        slots_at_once: int | None = None,
        has_checkpoints: bool = False,
    ) -> None:
        super().__init__()
        self.is_first_conv_shared = is_first_conv_shared
        self.slots_at_once = slots_at_once
        self.has_checkpoints = has_checkpoints
        first, second, third, last = channels
        self.attention = SlotAttention(
            dims, num_heads, has_joint_softmax, has_unit_mean_maps
        )
        self.first_conv = SlotConv(num_heads, 2 * dims, first)
        self.first_norm = _norm(first)
        self.second_conv = nn.Conv2d(first, second, 3, padding=1)
        self.second_norm = _norm(second)
        self.third_conv = nn.Conv2d(second, third, 3, padding=1)
        self.third_norm = _norm(third)
        self.adapter_8 = nn.Conv2d(level_channels[1], second, 1)
        self.adapter_4 = nn.Conv2d(level_channels[0], third, 1)
        self.deform_conv = FrameDeformConv(third, last)
        self.deform_norm = _norm(last)
        half = max(last // 2, 1)
        layers = []
        for width in (last, half, half):
            layers += [
                nn.Conv3d(width, half, 3, padding=2, dilation=2),
                _norm(half),
                nn.ReLU(inplace=True),
            ]
        self.over_time = nn.Sequential(*layers, nn.Conv3d(half, 1, 1))
        self._init_weights()

    def _init_weights(self) -> None:
        for module in self.modules():
            if isinstance(module, FrameDeformConv):
                nn.init.kaiming_uniform_(module.weight, a=1)
            elif isinstance(module, (nn.Conv2d, nn.Conv3d)):
                nn.init.kaiming_uniform_(module.weight, a=1)
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.deform_conv.conv_offset.weight)

    def forward(
        self,
        slots: Tensor,
        encoded: Tensor,
        fused: Tensor,
        levels: Sequence[Tensor],
        placed: Tensor | None = None,
        chosen: Tensor | None = None,
    ) -> Tensor:
        """Mask logits of all slots, or of chosen ones.

        Args:
            slots: (B, T, n, C) float, the decoder's output.
            encoded: (B, T, C, h, w) float, the encoded query.
            fused: (B, T, C, h, w) float, the same after the fuser.
            levels: (B, T, C4, H, W) and (B, T, C8, H', W'), the backbone's
                features at strides 4 and 8.
            placed: (B, T, C, h, w) float, what the maps are taken of; None:
                `fused`, as in the paper.
            chosen: (P, 2) int64, video and slot of each pair wanted. None:
                all.

        Returns:
            (B, n, T, H, W), or (P, T, H, W) for chosen ones.
        """
        num_videos, num_frames, num_slots = slots.shape[:3]
        pairs = chosen
        if pairs is None:
            pairs = torch.cartesian_prod(
                torch.arange(num_videos, device=slots.device),
                torch.arange(num_slots, device=slots.device),
            )
        if len(pairs) == 0:
            return fused.new_zeros((0, num_frames, *levels[0].shape[-2:]))
        asked = fused if placed is None else placed
        maps = self.attention(slots.flatten(0, 1), asked.flatten(0, 1))
        maps = maps.unflatten(0, slots.shape[:2])
        shared = self._shared_part(encoded, fused, levels)
        size = self.slots_at_once or max(len(pairs), 1)
        masks = []
        for part in pairs.split(size):
            arguments = (maps, *shared, part)
            if self.has_checkpoints and torch.is_grad_enabled():
                found = checkpoint(
                    self._segment, *arguments, use_reentrant=False
                )
            else:
                found = self._segment(*arguments)
            masks.append(found)
        masks = torch.cat(masks)
        if chosen is not None:
            return masks
        return masks.unflatten(0, (num_videos, num_slots))

    @torch.no_grad()
    def predict(self, *args: Tensor, chosen: Tensor) -> Tensor:
        """`forward` of chosen slots, without a graph."""
        return self(*args, chosen=chosen)

    def _shared_part(
        self, encoded: Tensor, fused: Tensor, levels: Sequence[Tensor]
    ) -> list[Tensor]:
        """What all slots of a frame have in common, each (B, T, C, H, W)."""
        features = torch.cat([encoded, fused], 2)
        if self.is_first_conv_shared:
            features = _per_frame(self.first_conv.of_features, features)
        at_4, at_8 = levels
        return [
            features,
            _per_frame(self.adapter_8, at_8),
            _per_frame(self.adapter_4, at_4),
        ]

    def _segment(
        self,
        maps: Tensor,
        features: Tensor,
        at_8: Tensor,
        at_4: Tensor,
        pairs: Tensor,
    ) -> Tensor:
        """(P, T, H, W) mask logits of some pairs."""
        videos, numbers = pairs.unbind(1)
        num_frames = maps.shape[1]
        x = maps[videos, :, numbers].flatten(0, 1)
        features = features[videos].flatten(0, 1)
        if self.is_first_conv_shared:
            x = self.first_conv.of_maps(x) + features
        else:
            x = self.first_conv(x, features)
        x = F.relu(self.first_norm(x))
        x = F.relu(self.second_norm(self.second_conv(x)))
        x = _resize_to(x, at_8) + at_8[videos].flatten(0, 1)
        x = F.relu(self.third_norm(self.third_conv(x)))
        x = _resize_to(x, at_4) + at_4[videos].flatten(0, 1)
        x = F.relu(self.deform_norm(self.deform_conv(x, num_frames)))
        x = x.unflatten(0, (-1, num_frames)).transpose(1, 2)
        return self.over_time(x).squeeze(1)


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(NORM_GROUPS, channels), channels)


def _per_frame(layer, x: Tensor) -> Tensor:
    return layer(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def _resize_to(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, tuple(like.shape[-2:]), mode='bilinear')
