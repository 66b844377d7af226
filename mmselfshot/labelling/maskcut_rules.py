"""How MaskCut makes masks out of an eigenvector.

Source: CutLER:maskcut/maskcut.py, as described in docs/uvis.md.
Ours: the side that holds three or four corners of the grid is the
background, always. The published rule looks at the seed as well, and there
it depends on the sign of the eigenvector, which no solver promises. Both
agree wherever the published one has the same answer for both signs.
Shapes: h w patches of a grid; all masks are bool.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from torch import Tensor

MOST_CORNERS = 3
MAX_OVERLAP = 0.5  # with the mask found before
MIN_AREA = 0.01  # of the grid


class Foreground(NamedTuple):
    """The side of a cut that is taken for the object.

    Attributes:
        side: (h, w) bool.
        seed: (row, column), where the eigenvector points to it most.
        num_corners: Of the four, how many lie above the mean of the
            eigenvector as it was given.
        is_reversed: Whether the object lies below the mean.
    """

    side: np.ndarray
    seed: tuple[int, int]
    num_corners: int
    is_reversed: bool


def choose_foreground(
    vector: np.ndarray, is_published: bool = False
) -> Foreground:
    """Decide which side of a cut is the object.

    Args:
        vector: (h, w) float, eigenvector of any scale and sign.
        is_published: Whether to use the published rule, which is for
            comparisons: negating `vector` may give the other side.
    """
    side = vector > vector.mean()
    seed = np.unravel_index(np.abs(vector).argmax(), vector.shape)
    num_corners = int(side[[0, 0, -1, -1], [0, -1, 0, -1]].sum())
    if num_corners >= MOST_CORNERS:
        is_reversed = True
    elif num_corners <= 4 - MOST_CORNERS and not is_published:
        is_reversed = False
    else:
        is_reversed = not side[seed]
    if is_reversed:
        side, vector = ~side, -vector
    row, column = np.unravel_index(vector.argmax(), vector.shape)
    return Foreground(side, (int(row), int(column)), num_corners, is_reversed)


def component_at(side: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """(h, w) the 4-connected part of a side that holds the seed."""
    labels, _ = ndimage.label(side)
    if labels[seed] == 0:
        return np.zeros_like(side)
    return labels == labels[seed]


def mask_iou(one: np.ndarray, other: np.ndarray) -> float:
    """Overlap of two masks; 0 where both are empty."""
    union = np.logical_or(one, other).sum()
    return float(np.logical_and(one, other).sum() / union) if union else 0.0


class MaskPicker:
    """Accepts or rejects the masks of one frame, one after another.

    As published, a rejected mask empties the one that the next is compared
    with: the same cut, looked at again, may then be accepted.
    """

    def __init__(
        self,
        grid: tuple[int, int],
        max_overlap: float = MAX_OVERLAP,
        min_area: float = MIN_AREA,
        choose: Callable[[np.ndarray], Foreground] = choose_foreground,
    ) -> None:
        self.max_overlap = max_overlap
        self.min_area = min_area
        self.choose = choose
        self.taken = np.zeros(grid, bool)
        self.strong: Tensor | None = None  # (N, N), for rules that look at it
        self._previous: np.ndarray | None = None
        self._num_rejected = 0

    @property
    def is_finished(self) -> bool:
        """Whether no mask can follow: the same cut failed twice."""
        return self._num_rejected > 1

    def look(self, vector: np.ndarray) -> list[np.ndarray]:
        """Make masks of the next eigenvector.

        Args:
            vector: (h, w) float; the same again after a rejection.

        Returns:
            One (h, w) mask without what earlier ones hold; none if it is
            rejected, or nothing is left of it.
        """
        side, seed, *_ = self.choose(vector)
        mask = component_at(side, seed)
        if self._previous is not None and (
            mask_iou(mask, self._previous) > self.max_overlap
            or mask.mean() <= self.min_area
        ):
            self._previous = np.zeros_like(mask)
            self._num_rejected += 1
            return []
        self._previous = mask
        self._num_rejected = 0
        new = mask & ~self.taken
        self.taken |= mask
        return [new] if new.any() else []


class ComponentPicker(MaskPicker):
    """Takes every connected part of each cut's foreground; ours.

    Which patches are masked out for the next cut stays as published. Parts
    above `min_area` become masks of their own, the largest first; they may
    overlap, but none is nearly the same as another.
    """

    MAX_PARTS = 6  # of one cut
    MAX_IOU = 0.8  # with any mask found before

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._found: list[np.ndarray] = []

    def look(self, vector: np.ndarray) -> list[np.ndarray]:
        """Make masks of the next eigenvector, see `MaskPicker`."""
        super().look(vector)
        labels, _ = ndimage.label(self.choose(vector).side)
        areas = np.bincount(labels.ravel())[1:]
        parts = []
        for part in np.argsort(-areas, kind='stable')[: self.MAX_PARTS]:
            mask = labels == part + 1
            if mask.mean() > self.min_area and all(
                mask_iou(mask, one) <= self.MAX_IOU for one in self._found
            ):
                self._found.append(mask)
                parts.append(mask)
        return parts
