"""The training loss of Self-Shot VIS over all slots of a batch of videos.

Source: Self-Shot VIS (ECCV 2022), Eq. (5), with (8) to (10).
Ours, where the paper says nothing: slots without an instance, and matched
ones in frames that do not show theirs, are `no object`, which weighs 0.1;
the class loss is the mean by these weights, box and mask losses the mean
over the matched instances, both over the batches of all processes; weights
5 (L1), 2 (GIoU) and 1; class and box losses also of the earlier decoder
layers, each with its own matching. Masks are compared at the resolution of
the targets, to which the logits are enlarged. A slot without an instance
whose box lies by half or more on ignored pixels has no class loss there, as
COCO's evaluation does with its crowds.
Shapes: L decoder layers, B videos, T frames, n slots, M matched instances
of all videos, H W pixels.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn

from mmselfshot.models.selfshot.precision import at_least_float32
from mmselfshot.models.selfshot.sequence_losses import (
    FOREGROUND,
    NO_OBJECT,
    box_sequence_terms,
    mask_sequence_terms,
    share_of_boxes,
)
from mmselfshot.models.selfshot.slot_outputs import SlotOutputs
from mmselfshot.registry import MODELS, TASK_UTILS
from mmselfshot.structures.instance_sequences import InstanceSequences

UNTOLD = -1  # neither an object nor none


@MODELS.register_module()
class SequenceSetLoss(nn.Module):
    """Match the slots of each video with its instances and compare them.

    Args:
        no_object_weight: Class weight of `no object`; foreground has 1.
        class_weight: Of the class loss.
        l1_weight: Of the distance of the boxes.
        iou_weight: Of 1 - GIoU.
        dice_weight: Of the dice loss.
        focal_weight: Of the focal loss.
        assigner: Config of the matching, of an `InstanceSequenceAssigner`
            where it has no type.
    """

    def __init__(
        self,
        no_object_weight: float = 0.1,
        class_weight: float = 1.0,
        l1_weight: float = 5.0,
        iou_weight: float = 2.0,
        dice_weight: float = 1.0,
        focal_weight: float = 1.0,
        assigner: dict | None = None,
    ) -> None:
        super().__init__()
        self.no_object_weight = no_object_weight
        self.class_weight = class_weight
        self.l1_weight = l1_weight
        self.iou_weight = iou_weight
        self.dice_weight = dice_weight
        self.focal_weight = focal_weight
        self.assigner = TASK_UTILS.build(
            {'type': 'InstanceSequenceAssigner', **(assigner or {})}
        )

    def forward(
        self,
        outputs: SlotOutputs,
        targets: Sequence[InstanceSequences],
        ignored: Sequence[Tensor | None] | None = None,
        matched: Sequence[Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """Compute all losses, in float32 or float64.

        Args:
            outputs: Of B videos.
            targets: B, any number of instances each.
            ignored: B, (T, H, W) bool or None, pixels that take no part;
                None means none.
            matched: What `match` gave for the last layer, if it was asked.

        Returns:
            Scalars `loss_cls`, `loss_l1`, `loss_giou`, and `loss_dice` and
            `loss_focal` if there are masks; of the earlier decoder layer i
            the first three as `d{i}.loss_*`. Zero (with a graph) of boxes
            and masks without instances.
        """
        assert len(targets) == outputs.logits.shape[1], len(targets)
        with torch.autocast(outputs.logits.device.type, enabled=False):
            logits = at_least_float32(outputs.logits)
            boxes = at_least_float32(outputs.boxes)
            last = len(logits) - 1
            losses = {}
            for i in range(len(logits)):
                slots = matched if i == last else None
                if slots is None:
                    slots = self.match(logits[i], boxes[i], targets)
                found = self.class_and_box_losses(
                    logits[i], boxes[i], targets, slots, ignored
                )
                start = '' if i == last else f'd{i}.'
                losses |= {f'{start}{k}': value for k, value in found.items()}
            if outputs.masks is not None:
                masks = at_least_float32(outputs.masks)
                losses |= self.mask_losses(masks, targets, slots, ignored)
        return losses

    def match(
        self,
        logits: Tensor,
        boxes: Tensor,
        targets: Sequence[InstanceSequences],
    ) -> list[Tensor]:
        """Slot of each instance in each video, -1 = none.

        Args:
            logits: (B, T, n, 2) float.
            boxes: (B, T, n, 4) float.
            targets: B, G instances each.

        Returns:
            B, (G,) int64.
        """
        logits = at_least_float32(logits.detach())
        boxes = at_least_float32(boxes.detach())
        return [self.assigner(*one) for one in zip(logits, boxes, targets)]

    def class_and_box_losses(
        self,
        logits: Tensor,
        boxes: Tensor,
        targets: Sequence[InstanceSequences],
        slots: Sequence[Tensor],
        ignored: Sequence[Tensor | None] | None = None,
    ) -> dict[str, Tensor]:
        """`loss_cls`, `loss_l1` and `loss_giou` of one decoder layer.

        Args:
            logits: (B, T, n, 2) float.
            boxes: (B, T, n, 4) float.
            targets: B, G instances each.
            slots: As `match` returns them.
            ignored: See `forward`.
        """
        labels = torch.full_like(logits[..., 0], NO_OBJECT, dtype=torch.long)
        for label, box, without in zip(labels, boxes, ignored or ()):
            if without is not None and without.any():
                label[share_of_boxes(box.detach(), without) >= 0.5] = UNTOLD
        chosen, truth, valid = [], [], []
        for label, box, target, slot in zip(labels, boxes, targets, slots):
            is_matched = slot >= 0
            slot = slot[is_matched]
            chosen.append(box[:, slot].transpose(0, 1))
            truth.append(target.boxes[is_matched])
            valid.append(target.valid[is_matched])
            label[:, slot] = torch.where(valid[-1].T, FOREGROUND, NO_OBJECT)
        truth, valid = torch.cat(truth).to(boxes), torch.cat(valid)
        giou, l1 = box_sequence_terms(torch.cat(chosen), truth, valid)
        num_matched = _num_matched(slots)
        return dict(
            loss_cls=self.class_weight * self._class_loss(logits, labels),
            loss_l1=self.l1_weight * l1.sum() / num_matched,
            loss_giou=self.iou_weight * giou.sum() / num_matched,
        )

    def _class_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        weights = logits.new_ones(2)
        weights[NO_OBJECT] = self.no_object_weight
        labels = labels.flatten()
        total = F.cross_entropy(
            *(logits.flatten(0, -2), labels, weights),
            ignore_index=UNTOLD,
            reduction='sum',
        )
        told = weights[labels[labels != UNTOLD]].sum()
        return total / _mean_over_processes(told).clamp(min=1e-6)

    def mask_losses(
        self,
        masks: Tensor,
        targets: Sequence[InstanceSequences],
        slots: Sequence[Tensor],
        ignored: Sequence[Tensor | None] | None = None,
    ) -> dict[str, Tensor]:
        """`loss_dice` and `loss_focal`.

        Args:
            masks: (B, n, T, h, w) float logits.
            targets: B, G instances each.
            slots: As `match` returns them.
            ignored: See `forward`.
        """
        ignored = [None] * len(targets) if ignored is None else ignored
        dice, focal = [], []
        for mask, target, slot, without in zip(masks, targets, slots, ignored):
            is_matched = slot >= 0
            terms = mask_sequence_terms(
                _enlarge(mask[slot[is_matched]], target.masks.shape[-2:]),
                target.masks[is_matched],
                target.valid[is_matched],
                without,
            )
            dice.append(terms[0].sum())
            focal.append(terms[1].sum())
        num_matched = _num_matched(slots)
        return dict(
            loss_dice=self.dice_weight * sum(dice) / num_matched,
            loss_focal=self.focal_weight * sum(focal) / num_matched,
        )


def _enlarge(logits: Tensor, size: torch.Size) -> Tensor:
    """(M, T, h, w) to (M, T, H, W)."""
    if logits.shape[-2:] == size:
        return logits
    return F.interpolate(logits, tuple(size), mode='bilinear')


def _num_matched(slots: Sequence[Tensor]) -> Tensor:
    """Matched instances per process, such that their loss is a true mean."""
    total = torch.cat(list(slots)).ge(0).sum().float()
    least = 1 / get_world_size()
    return _mean_over_processes(total).clamp(min=least)


def _mean_over_processes(total: Tensor) -> Tensor:
    """Mean of a number over all processes, which share gradients so."""
    total = total.clone()
    all_reduce(total)
    return total / get_world_size()
