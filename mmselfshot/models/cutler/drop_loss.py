"""DropLoss: no punishment for finding what the pseudo labels lack.

Source: CutLER (CVPR 2023), Sec. 3.3, Eq. (5).
"""

import torch
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor


def is_far_from_labels(
    boxes: Tensor, labelled: Tensor, iou_thr: float
) -> Tensor:
    """Tell which boxes overlap with no pseudo label.

    Args:
        boxes: (P, 4) float xyxy.
        labelled: (N, 4) float xyxy, the boxes of the pseudo labels.
        iou_thr: Greatest IoU of a box that is far.

    Returns:
        (P,) bool; all True where there is no pseudo label.
    """
    if not len(labelled):
        return torch.ones_like(boxes[:, 0], dtype=torch.bool)
    overlaps = bbox_overlaps(boxes.float(), labelled.float())
    return overlaps.amax(dim=1) <= iou_thr
