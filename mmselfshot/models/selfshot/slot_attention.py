"""Where each slot of a frame looks: attention maps without values.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 and App. A.3: "we feed the instance
features D and the fused feature F into an attention module to obtain the
attention maps". How the maps are normalised is not said; ours, over heads
and cells together, as VisTR and DETR do, or over the cells of each head.
Shapes: M frames, Q slots of a frame, C channels, h w feature cells.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmselfshot.models.selfshot.attention import align_maps


def slot_attention_maps(
    query: Tensor, key: Tensor, num_heads: int, is_joint: bool = True
) -> Tensor:
    """Softmax of the scaled dot products of slots and cells.

    Args:
        query: (M, Q, C) float, projected slots.
        key: (M, C, h, w) float, projected features of the same frames.
        num_heads: Divides C.
        is_joint: One softmax over the cells of all heads; else each head
            has its own.

    Returns:
        (M, Q, heads, h, w); sums to 1 over the last three dimensions, or
        over the last two.
    """
    per_head = query.shape[-1] // num_heads
    query = query.unflatten(-1, (num_heads, per_head)) * per_head**-0.5
    key = key.unflatten(1, (num_heads, per_head))
    logits = torch.einsum('mqnc,mnchw->mqnhw', query, key)
    flat = logits.flatten(2 if is_joint else 3)
    exact = torch.promote_types(flat.dtype, torch.float32)
    maps = flat.softmax(-1, dtype=exact).to(flat.dtype)
    return maps.view_as(logits)


class SlotAttention(nn.Module):
    """Projects slots and features, then gives their maps.

    Args:
        dims: Channels of both.
        num_heads: Maps of a slot.
        is_joint: See `slot_attention_maps`.
        has_unit_mean: Multiply the maps so that their mean is 1. A map that
            sums to 1 has values of about 1 / (heads * h * w), which the
            convolution behind it hardly sees before long training. Ours.
    """

    def __init__(
        self,
        dims: int,
        num_heads: int,
        is_joint: bool = True,
        has_unit_mean: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.is_joint = is_joint
        self.has_unit_mean = has_unit_mean
        self.q_proj = nn.Linear(dims, dims)
        self.k_proj = nn.Linear(dims, dims)
        for layer in (self.q_proj, self.k_proj):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def align(self, gain: float) -> None:
        """See `MultiHeadAttention.align`."""
        align_maps(self.q_proj, self.k_proj, gain)

    def forward(self, slots: Tensor, features: Tensor) -> Tensor:
        """Maps of all slots.

        Args:
            slots: (M, Q, C) float.
            features: (M, C, h, w) float.

        Returns:
            (M, Q, heads, h, w).
        """
        weight = self.k_proj.weight[:, :, None, None]
        key = F.conv2d(features, weight, self.k_proj.bias)
        maps = slot_attention_maps(
            self.q_proj(slots), key, self.num_heads, self.is_joint
        )
        if not self.has_unit_mean:
            return maps
        cells = features.shape[-2] * features.shape[-1]
        return maps * (cells * (self.num_heads if self.is_joint else 1))
