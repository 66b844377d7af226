"""Places in the picture that slots start from.

Ours: the paper's slots are learned from nothing, as DETR's (ECCV 2020), and
that takes more training than a small data set pays for. With places, a slot
asks first for what is near its own place and frame, and its box is told from
there, as in Conditional DETR (ICCV 2021).
Shapes: T frames, n slots of a frame, C channels, h w feature cells.
"""

import torch
from torch import Tensor, nn

ASPECT = 1.6  # width of a picture to its height, for the grid of places


class SlotPlaces(nn.Module):
    """A grid of places, one for each slot of a frame; nothing is learned.

    Args:
        num_slots: n.
    """

    def __init__(self, num_slots: int) -> None:
        super().__init__()
        rows = [one for one in range(1, num_slots + 1) if not num_slots % one]
        rows = min(rows, key=lambda one: abs(num_slots / one**2 - ASPECT))
        columns = num_slots // rows
        y = (torch.arange(rows) + 0.5) / rows
        x = (torch.arange(columns) + 0.5) / columns
        places = torch.cartesian_prod(y, x).flip(1)
        self.register_buffer('places', places, persistent=False)  # (n, 2)

    @property
    def references(self) -> Tensor:
        """(n, 2) float, logits of x and y in [0, 1]."""
        return self.places.logit()

    def codes(self, position: Tensor, size: tuple[int, int, int]) -> Tensor:
        """Positions of the cells that hold the places.

        Args:
            position: (1, T * h * w, C) float, of all cells.
            size: T, h and w.

        Returns:
            (T * n, C) float.
        """
        grid = position.view(*size, -1)
        cells = self.places * self.places.new_tensor([size[2], size[1]])
        x, y = cells.long().unbind(1)
        return grid[:, y, x].flatten(0, 1)
