"""The head of UVIS: MinVIS's, forgiving where pseudo labels miss an object.

Source: UVIS (CVPR-W 2024) trains MinVIS's losses unchanged, which is the
default here. DropLoss is CutLER's (CVPR 2023, Sec. 3.3), which other
label-free methods carry over to masks.
Ours is what DropLoss means with one-to-one matching. A prediction overlaps
no label where its mask (logits above 0) has an IoU of at most the threshold
with every pseudo mask of its frame.
- `drop_mask_iou`: a matched query whose mask overlaps no label gives no mask
  and no dice loss; it was matched by its class alone, and pulling its mask
  away from what may be an unlabelled object is what DropLoss avoids. Its
  class loss stays.
- `drop_no_object_iou`: an unmatched query whose mask overlaps no label gives
  no class loss, so it is not taught that what it found is nothing.
A prediction without a pixel has found nothing and keeps all its losses. The
divisors of the losses count the dropped ones, as CutLER's mean does.
"""

import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.minvis.minvis_head import MinVISHead
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@MODELS.register_module()
class UVISHead(MinVISHead):
    """`MinVISHead` with two switches of DropLoss, both off by default.

    Args:
        drop_mask_iou: IoU in [0, 1) up to which a matched prediction gives
            no mask loss; CutLER uses 0.01. None gives it always.
        drop_no_object_iou: IoU in [0, 1) up to which an unmatched prediction
            gives no class loss. None gives it always.
        kwargs: See `MinVISHead`.

    Raises:
        UserError: If a threshold is outside of its range.
    """

    def __init__(
        self,
        *args,
        drop_mask_iou: float | None = None,
        drop_no_object_iou: float | None = None,
        **kwargs,
    ) -> None:
        for name, iou in (
            ('drop_mask_iou', drop_mask_iou),
            ('drop_no_object_iou', drop_no_object_iou),
        ):
            if iou is not None and not 0 <= iou < 1:
                raise UserError(
                    f'{name}={iou}; expected 0 up to below 1, or None'
                )
        super().__init__(*args, **kwargs)
        self.drop_mask_iou = drop_mask_iou
        self.drop_no_object_iou = drop_no_object_iou

    @torch.no_grad()
    def get_targets(
        self,
        cls_scores_list: list[Tensor],
        mask_preds_list: list[Tensor],
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor], int]:
        """As of `MinVISHead`, with the dropped predictions taken out."""
        targets = super().get_targets(
            cls_scores_list,
            mask_preds_list,
            batch_gt_instances,
            batch_img_metas,
        )
        if self.drop_mask_iou is None and self.drop_no_object_iou is None:
            return targets
        labels, label_weights, mask_targets, mask_weights, num = targets
        for frame, (masks, truth) in enumerate(
            zip(mask_preds_list, batch_gt_instances)
        ):
            is_matched = mask_weights[frame] > 0
            ious = best_mask_ious(masks, truth.masks)
            is_region = (masks > 0).flatten(1).any(1)
            if self.drop_mask_iou is not None:
                is_off = is_region & (ious <= self.drop_mask_iou)
                kept = ~is_off[is_matched]
                mask_targets[frame] = mask_targets[frame][kept]
                mask_weights[frame] = mask_weights[frame] * ~is_off
            if self.drop_no_object_iou is not None:
                is_off = is_region & (ious <= self.drop_no_object_iou)
                keeps = is_matched | ~is_off
                label_weights[frame] = label_weights[frame] * keeps
        return labels, label_weights, mask_targets, mask_weights, num


def best_mask_ious(mask_logits: Tensor, targets: Tensor) -> Tensor:
    """Largest IoU of each predicted mask with any target.

    Compared in the cells of the prediction, of which a target covers a part.

    Args:
        mask_logits: (Q, h, w) float.
        targets: (N, H, W) float, 0 or 1; H and W are multiples of h and w.

    Returns:
        (Q,) float in [0, 1]; 0 for a mask without a pixel or without
        targets.
    """
    if len(targets) == 0:
        return mask_logits.new_zeros(len(mask_logits), dtype=torch.float32)
    masks = (mask_logits > 0).flatten(1).float()
    shares = F.adaptive_avg_pool2d(targets.float(), mask_logits.shape[-2:])
    shares = shares.flatten(1)
    shared = masks @ shares.T
    unions = masks.sum(1)[:, None] + shares.sum(1)[None] - shared
    return (shared / unions.clamp(min=1e-6)).amax(1)
