"""Which slots of two overlapping windows are the same instance.

Ours: the sum of mask overlap and slot similarity over all pairs is largest
(Hungarian), pairs that are too unlike stay apart. In the overlap each slot
is the picture of its foreground probability inside its mask; of two such
pictures the overlap is the sum of the smaller values over the sum of the
larger ones, which for probabilities 0 and 1 is the IoU. So a slot without an
object does not take the place of one with the same mask and an object.
Shapes: M slots of the first window, N of the second, T frames of both, C
channels, h w pixels.
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from mmselfshot.models.matchers.cosine_matcher import cosine_cost


def mask_overlap(
    probs: Tensor, masks: Tensor, other_probs: Tensor, other_masks: Tensor
) -> tuple[Tensor, Tensor]:
    """Overlap of the slots of two windows in the frames of both.

    Args:
        probs: (M, T) float in [0, 1], foreground.
        masks: (M, T, h, w) bool.
        other_probs: (N, T), likewise.
        other_masks: (N, T, h, w), likewise.

    Returns:
        (M, N) float in [0, 1], and (M, N) bool, whether one of the two has a
        pixel; without any the overlap is 0 and says nothing.
    """
    both = torch.einsum('mthw,nthw->mnt', masks.float(), other_masks.float())
    smaller = torch.minimum(probs[:, None], other_probs[None])
    shared = (both * smaller).sum(2)
    areas = (masks.sum((2, 3)) * probs).sum(1)
    other_areas = (other_masks.sum((2, 3)) * other_probs).sum(1)
    larger = areas[:, None] + other_areas[None] - shared
    is_seen = larger > 0
    return shared / larger.where(is_seen, 1), is_seen


def slot_affinity(
    overlap: Tensor,
    is_seen: Tensor,
    embeds: Tensor,
    other_embeds: Tensor,
    mask_weight: float,
    slot_weight: float,
) -> Tensor:
    """Weighted mean of mask overlap and cosine of slots.

    Args:
        overlap: (M, N) float in [0, 1], see `mask_overlap`; so is the next.
        is_seen: (M, N) bool; where False, the cosine alone counts.
        embeds: (M, C) float.
        other_embeds: (N, C) float.
        mask_weight: 0 or more.
        slot_weight: 0 or more.

    Returns:
        (M, N) float in [-1, 1].
    """
    cosine = 1 - cosine_cost(embeds, other_embeds)
    of_masks = mask_weight * is_seen
    total = of_masks + slot_weight
    affinity = of_masks * overlap + slot_weight * cosine
    return affinity / total.where(total > 0, 1)


def join_slots(affinity: Tensor, join_thr: float) -> list[int]:
    """The slot of the first window that each slot of the second continues.

    Args:
        affinity: (M, N) float.
        join_thr: Less alike slots are not joined.

    Returns:
        N numbers below M, all different, -1 for a slot that is new.
    """
    values = affinity.detach().double().cpu()
    is_alike = values >= join_thr
    # a pair that stays apart neither helps nor hurts the other pairs
    values = values.where(is_alike, min(join_thr, 0.0))
    joined = [-1] * values.shape[1]
    for row, column in zip(*linear_sum_assignment(-values.numpy())):
        if is_alike[row, column]:
            joined[column] = int(row)
    return joined
