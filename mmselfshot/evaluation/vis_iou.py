"""Overlap of predicted and true tracks of one video.

Source: the official YouTube-VIS evaluator: spatio-temporal IoU is the sum of
the frames' intersections over the sum of their unions; a frame in which one
track is absent adds the other's area; no union, IoU 0.
Ours: one IoU matrix per frame instead of one merge per pair and frame. The
intersections are integers, so they come back exactly from the IoU.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.evaluation.run_lengths import mask_areas
from mmselfshot.structures import to_compressed
from mmselfshot.utils import UserError


class Tracks:
    """The masks of N tracks in T frames of one video, checked.

    Args:
        segmentations: N lists of masks, one per frame, in any form of
            `mmselfshot.structures.to_compressed`.
        height: Rows of the video, in pixels.
        width: Columns of the video, in pixels.
        names: N texts that name a track in an error.
        num_frames: Frames of the video.
        frames: Indices of the frames that count; None means all.

    Attributes:
        areas: (N, T) int64, pixels; T counts `frames` only.
        rles: T lists of N compressed masks; None where the area is 0.

    Raises:
        UserError: If a list has another length than the video, a mask has
            another size than the video, or its runs are wrong.
    """

    def __init__(
        self,
        segmentations: Sequence[Sequence[Any]],
        height: int,
        width: int,
        names: Sequence[str],
        num_frames: int,
        frames: Sequence[int] | None = None,
    ) -> None:
        for name, masks in zip(names, segmentations):
            if not isinstance(masks, list | tuple) or (
                len(masks) != num_frames
            ):
                found = (
                    f'{len(masks)} masks'
                    if isinstance(masks, list | tuple)
                    else f'{type(masks).__name__} for its masks'
                )
                raise UserError(
                    f'{name} has {found}, its video has {num_frames} frames; '
                    'expected one mask or null per frame'
                )
        frames = range(num_frames) if frames is None else frames
        self.areas = np.zeros(
            (len(segmentations), len(frames)), dtype=np.int64
        )
        self.rles: list[list[dict | None]] = [
            [None] * len(segmentations) for _ in frames
        ]
        places, counts = [], []
        for n, masks in enumerate(segmentations):
            for t, frame in enumerate(frames):
                rle = _compress(masks[frame], height, width, names[n], frame)
                if rle is not None:
                    self.rles[t][n] = rle
                    places.append((n, t))
                    counts.append(rle['counts'])
        if not places:
            return
        areas, is_valid = mask_areas(counts, height * width)
        if not is_valid.all():
            n, t = places[int(np.argmin(is_valid))]
            raise UserError(
                f'{names[n]} has a mask in frame {frames[t]} whose runs do '
                f'not fill {height}x{width} pixels; write the file again'
            )
        rows, columns = np.array(places).T
        self.areas[rows, columns] = areas
        for (n, t), area in zip(places, areas.tolist()):
            if area == 0:
                self.rles[t][n] = None

    def __len__(self) -> int:
        return len(self.areas)

    @property
    def num_frames(self) -> int:
        """Frames that count."""
        return self.areas.shape[1]


def frame_intersections(
    first: Tracks,
    second: Tracks,
    of_first: Sequence[int] | None = None,
    of_second: Sequence[int] | None = None,
) -> np.ndarray:
    """Count the pixels that two tracks share, frame by frame.

    Args:
        first: Tracks of a video.
        second: Tracks of the same video.
        of_first: D indices of the tracks of `first`; None means all.
        of_second: G indices of the tracks of `second`; None means all.

    Returns:
        (T, D, G) int64, pixels.
    """
    rows = range(len(first)) if of_first is None else of_first
    columns = range(len(second)) if of_second is None else of_second
    ious = np.zeros((first.num_frames, len(rows), len(columns)))
    for t, (row_rles, column_rles) in enumerate(zip(first.rles, second.rles)):
        here = [i for i, n in enumerate(rows) if row_rles[n] is not None]
        there = [i for i, n in enumerate(columns) if column_rles[n]]
        if not here or not there:
            continue
        values = coco_mask.iou(
            [row_rles[rows[i]] for i in here],
            [column_rles[columns[i]] for i in there],
            [0] * len(there),
        )
        if len(here) == len(rows) and len(there) == len(columns):
            ious[t] = values
        else:
            ious[t][np.ix_(here, there)] = values
    both = (
        first.areas[list(rows)].T[:, :, None]
        + second.areas[list(columns)].T[:, None, :]
    )
    return np.rint(ious * both / (1 + ious)).astype(np.int64)


def frame_ious(
    intersections: np.ndarray, areas: np.ndarray, other_areas: np.ndarray
) -> np.ndarray:
    """IoU of each pair in each frame.

    Args:
        intersections: (T, D, G) int, pixels.
        areas: (D, T) int, pixels.
        other_areas: (G, T) int, pixels.

    Returns:
        (T, D, G) float in [0, 1]; 0 where both are absent.
    """
    unions = areas.T[:, :, None] + other_areas.T[:, None, :] - intersections
    return intersections / np.maximum(unions, 1)


def track_ious(
    intersections: np.ndarray, areas: np.ndarray, other_areas: np.ndarray
) -> np.ndarray:
    """Spatio-temporal IoU of each pair; arguments as of `frame_ious`.

    Returns:
        (D, G) float in [0, 1].
    """
    shared = intersections.sum(0)
    unions = areas.sum(1)[:, None] + other_areas.sum(1)[None] - shared
    return shared / np.maximum(unions, 1)


def _compress(
    mask: Any, height: int, width: int, name: str, frame: int
) -> dict | None:
    if mask is None:
        return None
    try:
        return to_compressed(mask, height, width)
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise UserError(
            f'{name} has a mask in frame {frame} that cannot be read: {error}'
        ) from None
