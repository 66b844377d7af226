"""Box and mask losses of one instance over all frames.

Source: Self-Shot VIS (ECCV 2022), appendix, Eq. (9) and (10); GIoU loss
(CVPR 2019), dice loss (V-Net, 3DV 2016), focal loss (ICCV 2017).
Ours: the mean is over the frames that show the instance, where the paper
divides by T; the paper gives no constants for dice (1 is added to both
terms) and focal loss (alpha 0.25, gamma 2, mean over pixels).
Shapes: G instances, T frames, H W pixels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

FOREGROUND, NO_OBJECT = 0, 1  # places of the two class logits


def box_sequence_terms(
    boxes: Tensor, targets: Tensor, valid: Tensor
) -> tuple[Tensor, Tensor]:
    """The two terms of Eq. (9), without weights.

    Args:
        boxes: (G, T, 4) float, `cx cy w h` in [0, 1].
        targets: (G, T, 4) float, the same.
        valid: (G, T) bool, frames that show the instance.

    Returns:
        giou: (G,) float in [0, 2], mean of 1 - GIoU.
        l1: (G,) float, mean of the sum over the four coordinates.
    """
    giou = 1 - generalized_iou(boxes, targets)
    l1 = (boxes - targets).abs().sum(-1)
    return mean_over_valid(giou, valid), mean_over_valid(l1, valid)


def mask_sequence_terms(
    logits: Tensor,
    targets: Tensor,
    valid: Tensor,
    ignored: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The two terms of Eq. (10).

    Args:
        logits: (G, T, H, W) float.
        targets: (G, T, H, W) bool.
        valid: (G, T) bool, frames that show the instance.
        ignored: Pixels that take no part, bool of a shape that broadcasts
            to (G, T, H, W); None means none.

    Returns:
        dice: (G,) float in [0, 1].
        focal: (G,) float.
    """
    targets = targets.to(logits.dtype)
    probs, focal = logits.sigmoid(), sigmoid_focal_loss(logits, targets)
    num_pixels = logits.shape[-2] * logits.shape[-1]
    if ignored is not None:
        probs, focal, targets = (
            one.masked_fill(ignored, 0) for one in (probs, focal, targets)
        )
        num_pixels = (~ignored).sum((-2, -1)).clamp(min=1)
    shared = (probs * targets).sum((-2, -1))
    total = probs.sum((-2, -1)) + targets.sum((-2, -1))
    dice = 1 - (2 * shared + 1) / (total + 1)
    focal = focal.sum((-2, -1)) / num_pixels
    return mean_over_valid(dice, valid), mean_over_valid(focal, valid)


def mean_over_valid(values: Tensor, valid: Tensor) -> Tensor:
    """Mean over the last axis of what is valid.

    Args:
        values: (..., T) float.
        valid: Bool, broadcasts to (..., T).

    Returns:
        (...,) float; 0 where nothing is valid.
    """
    total = values.where(valid, 0).sum(-1)
    return total / valid.sum(-1).clamp(min=1)


def share_of_boxes(boxes: Tensor, pixels: Tensor) -> Tensor:
    """How much of each box some pixels cover.

    Args:
        boxes: (T, n, 4) float, `cx cy w h` in [0, 1]; their corners are
            rounded to pixels.
        pixels: (T, H, W) bool.

    Returns:
        (T, n) float in [0, 1]; 0 of a box without a pixel.
    """
    height, width = pixels.shape[-2:]
    size = boxes.new_tensor([width, height])
    low, high = (
        (one.clamp(0, 1) * size).round().long() for one in _corners(boxes)
    )
    sums = pixels.to(boxes).cumsum(-1).cumsum(-2)
    sums = F.pad(sums, (1, 0, 1, 0)).flatten(1)  # from 0 on

    def total(x: Tensor, y: Tensor) -> Tensor:
        return sums.gather(1, y * (width + 1) + x)

    (left, top), (right, bottom) = low.unbind(-1), high.unbind(-1)
    covered = total(right, bottom) - total(left, bottom)
    covered = covered - total(right, top) + total(left, top)
    return _ratio(covered, (high - low).prod(-1).to(boxes))


def generalized_iou(boxes: Tensor, others: Tensor) -> Tensor:
    """GIoU of boxes, no epsilon.

    Args:
        boxes: (..., 4) float, `cx cy w h`.
        others: (..., 4) float, broadcasts with `boxes`.

    Returns:
        (...,) float in [-1, 1]; a ratio of two empty areas is 0.
    """
    shared, union, hull = overlap_areas(boxes, others)
    return _ratio(shared, union) - _ratio(hull - union, hull)


def overlap_areas(
    boxes: Tensor, others: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Areas of intersection, union and common hull.

    Args:
        boxes: (..., 4) float, `cx cy w h`.
        others: (..., 4) float, broadcasts with `boxes`.

    Returns:
        Three (...,) float.
    """
    low, high = _corners(boxes)
    other_low, other_high = _corners(others)
    sides = torch.minimum(high, other_high) - torch.maximum(low, other_low)
    shared = sides.clamp(min=0).prod(-1)
    hull = torch.maximum(high, other_high) - torch.minimum(low, other_low)
    union = boxes[..., 2:].prod(-1) + others[..., 2:].prod(-1) - shared
    return shared, union, hull.prod(-1)


def _corners(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Upper left and lower right, each (..., 2)."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return centre - half, centre + half


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """Part of a whole, 0 of nothing; both gradients are finite."""
    is_empty = whole <= 0
    return (part / whole.masked_fill(is_empty, 1)).masked_fill(is_empty, 0)
