"""Tracks of boxes alone: what pseudo labels give without any training.

Source: DeepSORT (Wojke, Bewley, Paulus, ICIP 2017): a Kalman filter per
track, a matching cascade by appearance that prefers tracks seen lately, then
matching by IoU; UVIS (CVPR-W 2024) uses it as its baseline on the frames'
masks and names. The filter is mmdet's; defaults are DeepSORT's.
Ours: appearance is the CLIP feature that named the mask; a track carries the
masks of its boxes; its class is that of the mean probability over its boxes,
its score this probability times the mean mask score. The boxes of a track
before it was confirmed belong to it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.utils import UserError

_NEVER = 1e5  # cost of a pair that must not be


@dataclass
class _Track:
    mean: np.ndarray  # (8,) state: centre x, y, aspect, height, speeds
    covariance: np.ndarray
    gallery: deque  # of (C,) unit features
    rows: list[int] = field(default_factory=list)
    is_confirmed: bool = False
    missed: int = 0  # frames since it was seen, this one included


class DeepSortTracker:
    """Joins boxes of successive frames to tracks.

    Args:
        max_cosine_distance: Pairs that look less alike are none; 1 - cosine.
        max_iou_distance: Pairs that overlap less are none; 1 - IoU.
        max_age: Frames that a confirmed track may be out of sight.
        num_init: Frames in a row that confirm a track.
        gallery_size: Features that a track remembers.
    """

    def __init__(
        self,
        max_cosine_distance: float = 0.2,
        max_iou_distance: float = 0.7,
        max_age: int = 30,
        num_init: int = 3,
        gallery_size: int = 100,
    ) -> None:
        from mmdet.models.task_modules.tracking.kalman_filter import (
            KalmanFilter,
        )

        self.max_cosine_distance = max_cosine_distance
        self.max_iou_distance = max_iou_distance
        self.max_age = max_age
        self.num_init = num_init
        self.gallery_size = gallery_size
        self._filter = KalmanFilter()
        self.reset()

    def reset(self) -> None:
        """Forget the video."""
        self._live: list[_Track] = []
        self._ended: list[_Track] = []

    def update(
        self, boxes: np.ndarray, features: np.ndarray, rows: Sequence[int]
    ) -> None:
        """Take in the next frame.

        Args:
            boxes: (N, 4) float xyxy, pixels; no side is 0.
            features: (N, C) float of unit length; with C = 0 only motion and
                overlap count.
            rows: N numbers by which `finish` names the boxes.
        """
        for track in self._live:
            track.mean, track.covariance = self._filter.predict(
                track.mean, track.covariance
            )
            track.missed += 1
        measured = _measurements(boxes)
        pairs, free = self._match(boxes, measured, features)
        seen = set()
        for track, detection in pairs:
            track.mean, track.covariance = self._filter.update(
                track.mean, track.covariance, measured[detection]
            )
            track.gallery.append(features[detection])
            track.rows.append(rows[detection])
            track.missed = 0
            track.is_confirmed |= len(track.rows) >= self.num_init
            seen.add(id(track))
        alive = []
        for track in self._live:
            is_lost = id(track) not in seen and not track.is_confirmed
            if is_lost or track.missed > self.max_age:
                self._ended.append(track)
            else:
                alive.append(track)
        self._live = alive + [
            self._begin(measured[n], features[n], rows[n]) for n in free
        ]

    def finish(self) -> list[list[int]]:
        """The rows of each confirmed track; forgets the video."""
        tracks = [
            track.rows
            for track in self._ended + self._live
            if track.is_confirmed
        ]
        self.reset()
        return sorted(tracks)

    def _begin(
        self, measured: np.ndarray, feature: np.ndarray, row: int
    ) -> _Track:
        mean, covariance = self._filter.initiate(measured)
        gallery = deque([feature], maxlen=self.gallery_size)
        is_confirmed = self.num_init <= 1
        return _Track(mean, covariance, gallery, [row], is_confirmed)

    def _match(
        self, boxes: np.ndarray, measured: np.ndarray, features: np.ndarray
    ) -> tuple[list[tuple[_Track, int]], list[int]]:
        """Pairs of tracks and boxes, and the boxes without a track."""
        pairs: list[tuple[_Track, int]] = []
        free = list(range(len(boxes)))
        confirmed = [track for track in self._live if track.is_confirmed]
        if features.shape[1]:
            for missed in range(1, self.max_age + 1):
                tracks = [one for one in confirmed if one.missed == missed]
                costs = self._appearance_costs(
                    tracks, measured[free], features[free]
                )
                pairs += _assign(tracks, free, costs, self.max_cosine_distance)
        taken = {id(track) for track, _ in pairs}
        tracks = [
            track
            for track in self._live
            if id(track) not in taken
            and (track.missed == 1 or not track.is_confirmed)
        ]
        costs = 1 - box_ious(
            _boxes_of([track.mean for track in tracks]), boxes[free]
        )
        pairs += _assign(tracks, free, costs, self.max_iou_distance)
        return pairs, free

    def _appearance_costs(
        self,
        tracks: Sequence[_Track],
        measured: np.ndarray,
        features: np.ndarray,
    ) -> np.ndarray:
        """(M, N) least cosine distance to the gallery, gated by motion."""
        costs = np.zeros((len(tracks), len(measured)))
        for row, track in zip(costs, tracks):
            cosines = np.stack(track.gallery) @ features.T
            row[:] = 1 - cosines.max(0)
            if len(measured):
                gate = self._filter.gating_distance(
                    track.mean, track.covariance, measured
                )
                row[gate > self._filter.gating_threshold] = _NEVER
        return costs


def _assign(
    tracks: Sequence[_Track],
    free: list[int],
    costs: np.ndarray,
    max_cost: float,
) -> list[tuple[_Track, int]]:
    """Pair for the least cost; takes what is paired out of `free`."""
    costs = np.where(costs > max_cost, _NEVER, costs)
    chosen = [
        (row, column)
        for row, column in zip(*linear_sum_assignment(costs))
        if costs[row, column] <= max_cost
    ]
    pairs = [(tracks[row], free[column]) for row, column in chosen]
    for _, detection in pairs:
        free.remove(detection)
    return pairs


def _measurements(boxes: np.ndarray) -> np.ndarray:
    """(N, 4) centre x, y, width / height, height."""
    boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = (boxes[:, 2:] + boxes[:, :2]) / 2
    return np.column_stack([centres, sides[:, 0] / sides[:, 1], sides[:, 1]])


def _boxes_of(means: Sequence[np.ndarray]) -> np.ndarray:
    """(M, 4) xyxy of states."""
    means = np.array(means, dtype=float).reshape(-1, 8)
    half = np.column_stack([means[:, 2] * means[:, 3], means[:, 3]]) / 2
    return np.hstack([means[:, :2] - half, means[:, :2] + half])


def box_ious(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(M, N) float in [0, 1], IoU of xyxy boxes."""
    first, second = first[:, None], second[None]
    low = np.maximum(first[..., :2], second[..., :2])
    high = np.minimum(first[..., 2:], second[..., 2:])
    shared = (high - low).clip(0).prod(-1)
    areas = [(one[..., 2:] - one[..., :2]).prod(-1) for one in (first, second)]
    return shared / np.maximum(areas[0] + areas[1] - shared, 1e-9)


def track_candidates(
    table: CandidateTable,
    tracker: DeepSortTracker,
    truth: LabelFile | None = None,
) -> list[dict[str, Any]]:
    """Track the kept candidates of all videos.

    Args:
        table: Candidates; those with a reason take no part.
        tracker: Used for one video after the other.
        truth: Whose ids of videos and categories the tracks get; videos are
            paired by the names of their frames, categories by their names.
            None takes the table's ids and categories from 1.

    Returns:
        Tracks as in a result file.

    Raises:
        UserError: If a video or class of the table is not in `truth`.
    """
    video_ids, category_ids = _ids_in(table, truth)
    results = []
    for video_id, video in table.videos.items():
        tracker.reset()
        rows = np.flatnonzero((table.video_id == video_id) & table.is_kept)
        for frame in video['sampled']:
            here = rows[table.frame_id[rows] == frame]
            tracker.update(
                table.box[here], table.features[here], here.tolist()
            )
        for track in tracker.finish():
            probs = table.probs[track].mean(0)
            label = int(probs.argmax())
            masks: list[dict | None] = [None] * len(video['file_names'])
            for row in track:
                rle = table.rles[row]
                text = rle['counts'].decode('ascii')
                masks[int(table.frame_id[row])] = {**rle, 'counts': text}
            score = probs[label] * table.mask_score[track].mean()
            results.append(
                {
                    'video_id': video_ids[video_id],
                    'category_id': category_ids[label],
                    'score': float(score),
                    'segmentations': masks,
                }
            )
    return results


def _ids_in(
    table: CandidateTable, truth: LabelFile | None
) -> tuple[dict[int, int], list[int]]:
    """Video ids by those of the table, category ids by label."""
    if truth is None:
        return {key: key for key in table.videos}, list(
            range(1, len(table.classes) + 1)
        )
    of_name = {one['name']: one['id'] for one in truth.categories}
    missing = [name for name in table.classes if name not in of_name]
    if missing:
        raise UserError(
            f'{truth.path} has no class {missing[0]!r}; expected all of '
            f'{", ".join(table.classes)}'
        )
    of_frame = {
        video['file_names'][0]: video_id
        for video_id, video in truth.videos.items()
    }
    video_ids = {}
    for video_id, video in table.videos.items():
        first = video['file_names'][0]
        if first not in of_frame:
            raise UserError(
                f'{truth.path} has no video that begins with {first}; give '
                'the label file of the videos that were labelled'
            )
        video_ids[video_id] = of_frame[first]
    return video_ids, [of_name[name] for name in table.classes]
