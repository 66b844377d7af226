"""What a slot says of itself in a frame: foreground or not, and its box.

Source: Self-Shot VIS (ECCV 2022), App. A.3: normalised centre, height and
width of the boxes, binary foreground and background labels.
Ours: a linear map and a perceptron of three layers, as in DETR (ECCV 2020).
"""

from torch import Tensor, nn

from mmselfshot.models.selfshot.attention import xavier_linear


class SlotHeads(nn.Module):
    """Class and box head, shared by all decoder layers.

    Args:
        dims: Channels of a slot.
    """

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.class_head = xavier_linear(dims, 2)
        self.box_head = nn.Sequential(
            xavier_linear(dims, dims),
            nn.ReLU(inplace=True),
            xavier_linear(dims, dims),
            nn.ReLU(inplace=True),
            xavier_linear(dims, 4),
        )

    def forward(self, slots: Tensor) -> tuple[Tensor, Tensor]:
        """Read (..., C) slots.

        Returns:
            Logits (..., 2), 0 = foreground, 1 = no object; boxes (..., 4),
            `cx cy w h` in [0, 1].
        """
        return self.class_head(slots), self.box_head(slots).sigmoid()
