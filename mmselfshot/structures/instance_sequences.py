"""The true instances of one video as masks, boxes and validity over time.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 and appendix: an instance is one
sequence over all frames, its boxes are normalised centre, width and height.
Ours: boxes are the tight boxes of the masks, up to the outer side of the
outermost pixels; a frame that does not show the instance is not valid.
Shapes: G instances, T frames, H W pixels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class InstanceSequences:
    """G instances of one video.

    Attributes:
        masks: (G, T, H, W) bool.
        boxes: (G, T, 4) float32, `cx cy w h` in [0, 1] of H and W; zero
            where not valid.
        valid: (G, T) bool, whether the frame shows the instance.
    """

    masks: Tensor
    boxes: Tensor
    valid: Tensor

    def __post_init__(self) -> None:
        num, frames = self.masks.shape[:2]
        assert self.masks.dim() == 4, self.masks.shape
        assert self.boxes.shape == (num, frames, 4), self.boxes.shape
        assert self.valid.shape == (num, frames), self.valid.shape
        assert self.masks.dtype == self.valid.dtype == torch.bool

    @classmethod
    def from_masks(
        cls, masks: Tensor, valid: Tensor | None = None
    ) -> 'InstanceSequences':
        """Put tight boxes around masks.

        Args:
            masks: (G, T, H, W) bool.
            valid: (G, T) bool, frames that may count; None means all. One
                with an empty mask never counts.
        """
        is_shown = masks.flatten(2).any(2)
        valid = is_shown if valid is None else valid & is_shown
        boxes = tight_boxes(masks).where(valid[..., None], 0)
        return cls(masks, boxes, valid)

    def __len__(self) -> int:
        return len(self.masks)

    def to(self, device, non_blocking: bool = False) -> 'InstanceSequences':
        """The same on another device."""
        return InstanceSequences(
            *(
                one.to(device, non_blocking=non_blocking)
                for one in (self.masks, self.boxes, self.valid)
            )
        )


def tight_boxes(masks: Tensor) -> Tensor:
    """The smallest box that holds all pixels of each mask.

    Args:
        masks: (..., H, W) bool.

    Returns:
        (..., 4) float32, `cx cy w h` in [0, 1]; meaningless for an empty
        mask.
    """
    left, right = _extent(masks.any(-2))
    top, bottom = _extent(masks.any(-1))
    return torch.stack(
        [
            (left + right) / 2,
            (top + bottom) / 2,
            right - left,
            bottom - top,
        ],
        dim=-1,
    )


def _extent(is_filled: Tensor) -> tuple[Tensor, Tensor]:
    """Where a row of cells begins and ends to be filled, in [0, 1]."""
    length = is_filled.shape[-1]
    filled = is_filled.to(torch.uint8)
    first = filled.argmax(-1)
    end = length - filled.flip(-1).argmax(-1)
    return first.float() / length, end.float() / length
