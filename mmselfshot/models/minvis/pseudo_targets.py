"""Targets for unlabelled frames from a model's own predictions.

Source: Sparse-MinVIS. Of a frame the ten best (query, class) pairs are
candidates; those above the threshold become targets.
Ours: a frame without any has no targets; the published program gives it one
dummy target of no-object with an empty mask.
"""

import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.minvis.streamed_tracks import best_pairs


@torch.no_grad()
def pseudo_targets(
    logits: Tensor,
    mask_logits: Tensor,
    padded_shape: tuple[int, int],
    score_thr: float,
    num: int = 10,
) -> InstanceData:
    """The confident predictions of one frame, as training targets.

    Args:
        logits: (Q, K + 1) float, no-object last.
        mask_logits: (Q, h, w) float.
        padded_shape: Size of the network's input; the masks get this size.
        score_thr: A score, in [0, 1], must be above it.
        num: Pairs that are looked at.

    Returns:
        `labels` (N,) int64, `masks` (N, H, W) uint8, `scores` (N,) float,
        falling, and `queries` (N,) int64. N may be 0; a query may come with
        several classes.
    """
    scores, labels, queries = best_pairs(logits, num)
    kept = scores > score_thr
    scores, labels, queries = scores[kept], labels[kept], queries[kept]
    masks = mask_logits[queries][None].float()
    if len(queries):
        masks = F.interpolate(masks, tuple(padded_shape), mode='bilinear')
    else:
        masks = masks.new_zeros((1, 0, *padded_shape))
    return InstanceData(
        labels=labels,
        masks=(masks[0] > 0).to(torch.uint8),
        scores=scores,
        queries=queries,
    )
