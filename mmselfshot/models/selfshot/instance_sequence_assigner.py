"""One-to-one matching of slots and true instances over a whole video.

Source: Self-Shot VIS (ECCV 2022), appendix, Eq. (8) and (9).
Ours: weights 1, 5 and 2, for which the paper gives no values; class and box
cost are means over the frames that show the instance (the paper divides by
T). Style `vistr`: all frames count, a frame without the instance has a zero
box, L1 is a mean over four coordinates, IoU stands for GIoU. An instance
that no frame shows, and one for which no slot is left, gets none.
Shapes: G instances, T frames, n slots.
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from mmselfshot.models.selfshot.sequence_losses import (
    FOREGROUND,
    generalized_iou,
    mean_over_valid,
    overlap_areas,
)
from mmselfshot.registry import TASK_UTILS
from mmselfshot.structures.instance_sequences import InstanceSequences
from mmselfshot.utils import UserError

STYLES = ('paper', 'vistr')
_EPS = 1e-6  # of vistr's IoU; two zero boxes overlap fully there


@TASK_UTILS.register_module()
class InstanceSequenceAssigner:
    """Give each true instance the slot that costs least in total.

    Args:
        class_weight: Of the foreground probability.
        l1_weight: Of the distance of the boxes.
        iou_weight: Of their GIoU (`vistr`: IoU).
        style: One of `STYLES`, see the file.

    Raises:
        UserError: If `style` is not one of these.
    """

    def __init__(
        self,
        class_weight: float = 1.0,
        l1_weight: float = 5.0,
        iou_weight: float = 2.0,
        style: str = 'paper',
    ) -> None:
        if style not in STYLES:
            raise UserError(
                f'InstanceSequenceAssigner has style={style!r}; expected one '
                f'of {", ".join(STYLES)}'
            )
        self.class_weight = class_weight
        self.l1_weight = l1_weight
        self.iou_weight = iou_weight
        self.style = style

    @torch.no_grad()
    def __call__(
        self, logits: Tensor, boxes: Tensor, target: InstanceSequences
    ) -> Tensor:
        """Match one video.

        Args:
            logits: (T, n, 2) float, 0 = foreground, 1 = no object.
            boxes: (T, n, 4) float, `cx cy w h` in [0, 1].
            target: G instances in T frames.

        Returns:
            (G,) int64, the slot of each instance; -1 = none.

        Raises:
            ValueError: If a cost is not a number.
        """
        cost = self.costs(logits, boxes, target).T.cpu()
        if not cost.isfinite().all():
            raise ValueError(
                'the cost of matching slots is not finite: the network gave '
                'NaN or infinite logits or boxes'
            )
        slots = torch.full((len(target),), -1)
        shown = target.valid.any(1).nonzero().flatten().cpu()
        rows, columns = linear_sum_assignment(cost[shown].numpy())
        slots[shown[torch.from_numpy(rows)]] = torch.from_numpy(columns)
        return slots.to(logits.device)

    def costs(
        self, logits: Tensor, boxes: Tensor, target: InstanceSequences
    ) -> Tensor:
        """(n, G) float, of every slot and instance; see `__call__`."""
        probs = logits.softmax(-1)[..., FOREGROUND].T[:, None]  # (n, 1, T)
        boxes = boxes.transpose(0, 1)[:, None]  # (n, 1, T, 4)
        truth, valid = target.boxes.to(boxes), target.valid
        distance = (boxes - truth).abs()  # (n, G, T, 4)
        if self.style == 'paper':
            likely = mean_over_valid(probs, valid)
            far = mean_over_valid(distance.sum(-1), valid)
            apart = mean_over_valid(1 - generalized_iou(boxes, truth), valid)
        else:
            truth = truth.masked_fill(~valid[..., None], 0)
            shared, union, _ = overlap_areas(boxes, truth)
            likely = probs.mean(-1)
            far = (boxes - truth).abs().mean((-2, -1))
            apart = -((shared + _EPS) / (union + _EPS)).mean(-1)
        return (
            self.iou_weight * apart
            + self.l1_weight * far
            - self.class_weight * likely
        )
