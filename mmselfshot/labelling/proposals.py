"""Class-agnostic masks of one frame, as every proposer returns them."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Proposals:
    """Masks of one frame; there may be none.

    Attributes:
        masks: (N, H, W) bool, at the frame's size; none is empty.
        scores: (N,) float32 in [0, 1]; what a score means is up to the
            proposer.
        boxes: (N, 4) float32, xyxy: first pixel, last pixel + 1.
    """

    masks: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray

    def __len__(self) -> int:
        return len(self.masks)

    @classmethod
    def from_masks(cls, masks: np.ndarray, scores: np.ndarray) -> 'Proposals':
        """Leave out empty masks, and put boxes around the others.

        Args:
            masks: (N, H, W) bool; N may be 0.
            scores: (N,) float.
        """
        masks = np.asarray(masks, dtype=bool)
        scores = np.asarray(scores, dtype=np.float32)
        assert masks.ndim == 3 and len(masks) == len(scores)
        rows, columns = masks.any(2), masks.any(1)  # (N, H), (N, W)
        is_full = rows.any(1)
        rows, columns = rows[is_full], columns[is_full]
        boxes = np.zeros((len(rows), 4), np.float32)
        if len(rows):
            boxes[:, 0] = columns.argmax(1)
            boxes[:, 1] = rows.argmax(1)
            boxes[:, 2] = columns.shape[1] - columns[:, ::-1].argmax(1)
            boxes[:, 3] = rows.shape[1] - rows[:, ::-1].argmax(1)
        return cls(masks[is_full], scores[is_full], boxes)
