"""Overlap of predicted and true tracks of one video.

Source: the official YouTube-VIS evaluator: spatio-temporal IoU is the sum of
the frames' intersections over the sum of their unions; a frame in which one
track is absent adds the other's area; no union, IoU 0.
Ours: one IoU matrix per frame instead of two merges per pair and frame (the
intersections are integers, so they come back exactly from the IoU), and
pairs that cannot reach a wanted IoU are not looked at.
"""

from collections.abc import Sequence

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.structures.mask_tracks import Tracks

_AREAS_AT_ONCE = 200  # pycocotools 2.0.11 fails on more than 255
_FEW_PAIRS = 6  # per frame; up to here single merges are faster


def track_ious(
    first: Tracks,
    second: Tracks,
    rows: Sequence[int],
    columns: Sequence[int],
    floor: float = 0.0,
) -> np.ndarray:
    """Spatio-temporal IoU of some tracks of a video.

    Args:
        first: Tracks of the video.
        second: Other tracks of it.
        rows: D indices of tracks of `first`.
        columns: G indices of tracks of `second`.
        floor: Smaller IoUs are of no interest and may be given as 0.

    Returns:
        (D, G) float in [0, 1].
    """
    rows, columns = np.asarray(rows, int), np.asarray(columns, int)
    ious = np.zeros((len(rows), len(columns)))
    if not ious.size:
        return ious
    areas, other_areas = first.areas[rows], second.areas[columns]
    most = _bound_intersections(first, second, rows, columns)
    may_reach = join_frames(most, areas, other_areas) >= floor
    most *= may_reach
    if np.count_nonzero(most) <= _FEW_PAIRS * first.num_frames:
        shared = _merge_pairs(first, second, rows, columns, most > 0)
        return join_frames(shared, areas, other_areas)
    here = np.flatnonzero(may_reach.any(1))
    there = np.flatnonzero(may_reach.any(0))
    shared = frame_intersections(first, second, rows[here], columns[there])
    ious[here[:, None], there] = join_frames(
        shared, areas[here], other_areas[there]
    )
    return ious


def frame_intersections(
    first: Tracks,
    second: Tracks,
    rows: Sequence[int] | None = None,
    columns: Sequence[int] | None = None,
) -> np.ndarray:
    """Count the pixels that two tracks share, frame by frame.

    Args:
        first: Tracks of a video.
        second: Other tracks of it.
        rows: D indices of tracks of `first`; None means all.
        columns: G indices of tracks of `second`; None means all.

    Returns:
        (T, D, G) int64, pixels.
    """
    rows = np.arange(len(first)) if rows is None else np.asarray(rows, int)
    if columns is None:
        columns = np.arange(len(second))
    columns = np.asarray(columns, int)
    areas, other_areas = first.areas[rows], second.areas[columns]
    ious = np.zeros((first.num_frames, len(rows), len(columns)))
    for t, frame in enumerate(ious):
        here, masks = _visible(first, rows, areas[:, t], t)
        there, other_masks = _visible(second, columns, other_areas[:, t], t)
        if not masks or not other_masks:
            continue
        values = coco_mask.iou(masks, other_masks, [0] * len(other_masks))
        if values.shape == frame.shape:
            frame[:] = values
        else:
            frame[np.ix_(here, there)] = values
    both = areas.T[:, :, None] + other_areas.T[:, None, :]
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


def join_frames(
    intersections: np.ndarray, areas: np.ndarray, other_areas: np.ndarray
) -> np.ndarray:
    """Spatio-temporal IoU of each pair; arguments as of `frame_ious`.

    Returns:
        (D, G) float in [0, 1].
    """
    shared = intersections.sum(0)
    unions = areas.sum(1)[:, None] + other_areas.sum(1)[None] - shared
    return shared / np.maximum(unions, 1)


def _visible(
    tracks: Tracks, rows: np.ndarray, areas: np.ndarray, t: int
) -> tuple[list[int], list[dict]]:
    """Which of the rows have a mask in a frame, and the masks."""
    here = [i for i, area in enumerate(areas.tolist()) if area]
    return here, [tracks.rle(int(rows[i]), t) for i in here]


def _bound_intersections(
    first: Tracks, second: Tracks, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """(T, D, G) int64 pixels that two tracks share at most.

    That is the smaller area, and the overlap of the spans.
    """
    starts, stops = first.spans[rows].transpose(2, 1, 0)[..., None]
    others = second.spans[columns].transpose(2, 1, 0)[:, :, None]
    overlap = np.minimum(stops, others[1]) - np.maximum(starts, others[0])
    smaller = np.minimum(
        first.areas[rows].T[:, :, None], second.areas[columns].T[:, None, :]
    )
    return np.minimum(smaller, overlap.clip(0))


def _merge_pairs(
    first: Tracks,
    second: Tracks,
    rows: np.ndarray,
    columns: np.ndarray,
    wanted: np.ndarray,
) -> np.ndarray:
    """As `frame_intersections`, of the wanted (T, D, G) bool only."""
    shared = np.zeros(wanted.shape, dtype=np.int64)
    t, d, g = np.nonzero(wanted)
    merged = [
        coco_mask.merge([first.rle(n, frame), second.rle(m, frame)], True)
        for frame, n, m in zip(
            t.tolist(), rows[d].tolist(), columns[g].tolist()
        )
    ]
    areas = [
        coco_mask.area(merged[start : start + _AREAS_AT_ONCE])
        for start in range(0, len(merged), _AREAS_AT_ONCE)
    ]
    if areas:
        shared[t, d, g] = np.concatenate(areas)
    return shared
