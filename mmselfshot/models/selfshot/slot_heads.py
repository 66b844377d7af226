"""What a slot says of itself in a frame: foreground or not, and its box.

Source: Self-Shot VIS (ECCV 2022), App. A.3: normalised centre, height and
width of the boxes, binary foreground and background labels.
Ours: a linear map and a perceptron of three layers, as in DETR (ECCV 2020).
"""

import math

import torch.nn.functional as F
from torch import Tensor, nn

from mmselfshot.models.selfshot.attention import xavier_linear


class SlotHeads(nn.Module):
    """Class and box head, shared by all decoder layers.

    Args:
        dims: Channels of a slot.
        side: Sides of all boxes at the start, in (0, 1); None: near .5.
    """

    def __init__(self, dims: int, side: float | None = None) -> None:
        super().__init__()
        self.class_head = xavier_linear(dims, 2)
        self.box_head = nn.Sequential(
            xavier_linear(dims, dims),
            nn.ReLU(inplace=True),
            xavier_linear(dims, dims),
            nn.ReLU(inplace=True),
            xavier_linear(dims, 4),
        )
        if side is not None:
            nn.init.constant_(
                self.box_head[-1].bias[2:], math.log(side / (1 - side))
            )

    def forward(
        self, slots: Tensor, references: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read slots.

        Args:
            slots: (..., n, C) float.
            references: (n, 2) float, logits of the centres that boxes are
                told from; None: the middle of the picture.

        Returns:
            Logits (..., 2), 0 = foreground, 1 = no object; boxes (..., 4),
            `cx cy w h` in [0, 1].
        """
        boxes = self.box_head(slots)
        if references is not None:
            boxes = boxes + F.pad(references, (0, 2))
        return self.class_head(slots), boxes.sigmoid()
