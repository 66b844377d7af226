"""Where the slots look in a query, before and after the fuser.

Source: Self-Shot VIS (ECCV 2022), Fig. 5 and App. A.3, "we visualize the
attention heatmaps before and after the fuser module". Which attention is
meant is not said; the only attention maps that the paper defines over the
cells of a query are those of the segmenter, "instance features D and the
fused feature F", so these are taken: the same slots on the fused feature F
(after) and on the encoded query E_q (before).
Ours: the heads are added up, and slots count by the probability of being
foreground that the network itself gives them, so that no truth is used. The
projections of the attention have seen F alone in training.
Shapes: B videos, T frames, n slots, h w feature cells.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmselfshot.models.selfshot.selfshot_network import SelfShotNetwork
from mmselfshot.models.selfshot.sequence_losses import FOREGROUND


@torch.no_grad()
def attention_around_fuser(
    model: SelfShotNetwork, inputs: Mapping[str, Tensor | None]
) -> tuple[Tensor, Tensor]:
    """Attention that the cells of each frame receive.

    Args:
        model: In evaluation mode.
        inputs: See `SelfShotNetwork.decode`.

    Returns:
        Before and after the fuser, each (B, T, h, w) float32, not negative,
        every frame sums to 1. Without a support they are equal.
    """
    outputs, decoded = model.decode(inputs)
    weights = outputs.logits[-1].float().softmax(-1)[..., FOREGROUND]
    slots = decoded.slots.flatten(0, 1)
    found = []
    for features in (decoded.encoded, decoded.fused):
        if decoded.placed is not None:  # positions are in both
            features = features + (decoded.placed - decoded.fused)
        maps = model.segmenter.attention(slots, features.flatten(0, 1))
        found.append(join_maps(maps.unflatten(0, features.shape[:2]), weights))
    return found[0], found[1]


def join_maps(maps: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean of the slots' maps.

    Args:
        maps: (B, T, n, heads, h, w) float, not negative, in any scale.
        weights: (B, T, n) float, not negative; how much a slot counts.

    Returns:
        (B, T, h, w) float32; every frame sums to 1, and every slot gives as
        much as it counts.
    """
    of_slots = maps.float().sum(3)
    of_slots = of_slots / of_slots.sum((-2, -1), keepdim=True)
    shares = weights.float() / weights.float().sum(-1, keepdim=True)
    return torch.einsum('btnhw,btn->bthw', of_slots, shares)
