"""From motion beside the camera's to regions that are linked over time.

Ours: pixels that move more than a threshold, cleaned, in connected parts; a
part goes on with the part of the next frame that its warped mask overlaps
most; where there is none, the warped mask itself goes on for a few frames.
Shapes: T frames, H W pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from mmselfshot.models.selfshot.camera_motion import warp_mask


@dataclass
class MovingRegion:
    """A region over time.

    Attributes:
        masks: (H, W) bool by frame, those that were seen or carried.
        motion: Mean residual motion by frame, pixels; of seen ones alone.
    """

    masks: dict[int, np.ndarray] = field(default_factory=dict)
    motion: dict[int, float] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The frame in which it was seen last."""
        return max(self.motion)

    def score(self, num_frames: int) -> float:
        """How much it moves and how long it is seen, in [0, 1).

        `m / (m + 1)` of its mean motion m in pixels per frame, times the
        share of the frames in which it is seen.
        """
        mean = float(np.mean(list(self.motion.values())))
        return mean / (mean + 1) * len(self.motion) / num_frames

    def cut(self) -> None:
        """Forget masks that were carried beyond the last seen one."""
        for frame in [one for one in self.masks if one > self.last]:
            del self.masks[frame]


def find_parts(
    motion: np.ndarray, motion_thr: float, min_area: int, kernel_size: int = 3
) -> list[np.ndarray]:
    """Connected parts that move.

    Args:
        motion: (H, W) float, pixels.
        motion_thr: Pixels that move more than this belong to a part.
        min_area: Smaller parts are noise, pixels.
        kernel_size: Of opening and closing, odd, pixels.

    Returns:
        (H, W) bool each, in the order of their first pixels.
    """
    moving = (motion > motion_thr).astype(np.uint8)
    kernel = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (kernel_size, kernel_size)
    )
    for step in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):
        moving = cv2.morphologyEx(moving, step, kernel)
    num, numbers, stats, _ = cv2.connectedComponentsWithStats(
        moving, connectivity=4
    )
    return [
        numbers == one
        for one in range(1, num)
        if stats[one, cv2.CC_STAT_AREA] >= min_area
    ]


def link_parts(
    parts: Sequence[Sequence[np.ndarray]],
    motions: Sequence[np.ndarray],
    flows_back: Sequence[np.ndarray],
    iou_thr: float = 0.3,
    max_gap: int = 6,
) -> list[MovingRegion]:
    """Link the parts of frames.

    Args:
        parts: Of T frames, (H, W) bool each.
        motions: T of (H, W) float, pixels.
        flows_back: T - 1 of (H, W, 2), from each frame to the one before.
        iou_thr: Least overlap of a warped mask and a part, in [0, 1].
        max_gap: Frames that a region may be unseen.

    Returns:
        Regions by the frame that they begin in.
    """
    regions: list[MovingRegion] = []
    going: list[MovingRegion] = []
    for frame, (here, motion) in enumerate(zip(parts, motions)):
        if frame:
            for one in going:
                one.masks[frame] = warp_mask(
                    one.masks[frame - 1], flows_back[frame - 1]
                )
        carried = [one.masks[frame] for one in going]
        is_new = np.ones(len(here), bool)
        for row, column in match_masks(carried, here, iou_thr):
            going[row].masks[frame] = here[column]
            going[row].motion[frame] = float(motion[here[column]].mean())
            is_new[column] = False
        for column in np.flatnonzero(is_new):
            mask = here[column]
            one = MovingRegion({frame: mask}, {frame: motion[mask].mean()})
            regions.append(one)
            going.append(one)
        going = [
            one
            for one in going
            if frame - one.last <= max_gap and one.masks[frame].any()
        ]
    for one in regions:
        one.cut()
    return regions


def match_masks(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], iou_thr: float
) -> list[tuple[int, int]]:
    """One-to-one pairs of most overlap.

    Args:
        first: (H, W) bool each.
        second: Likewise.
        iou_thr: Pairs of less overlap are left out.

    Returns:
        Places in the two.
    """
    if not len(first) or not len(second):
        return []
    rows = np.stack(first).reshape(len(first), -1).astype(np.float32)
    columns = np.stack(second).reshape(len(second), -1).astype(np.float32)
    shared = rows @ columns.T
    unions = rows.sum(1)[:, None] + columns.sum(1)[None] - shared
    ious = shared / np.maximum(unions, 1)
    return [
        (int(row), int(column))
        for row, column in zip(*linear_sum_assignment(-ious))
        if ious[row, column] >= iou_thr
    ]
