"""One video's predictions beside its true tracks, ready to be matched.

Source: the official YouTube-VIS evaluator. A track's size is the mean of its
areas that are not 0: of the true tracks the file's `areas`, of predictions
the masks' own. At most 100 predictions per video and category take part.
Ours: predictions of categories that the label file does not list count in
the pooled views; frames that the label file says are unlabelled count in
no view, nor does a prediction that is visible in such frames only.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from mmselfshot.evaluation.vis_matching import IOU_THRS, Matches, match_group
from mmselfshot.structures.mask_tracks import Tracks
from mmselfshot.structures.track_iou import (
    frame_intersections,
    join_frames,
    track_ious,
)

MAX_PREDICTIONS = 100  # per video and category


class VideoPair:
    """Predicted and true tracks of one video.

    Args:
        video: The label file's entry: `id`, `height`, `width`, `length` or
            `file_names`, optionally `labelled_frames`.
        annotations: The video's G true tracks: `category_id`,
            `segmentations`, optionally `areas` and `iscrowd`.
        predictions: Its D predicted tracks: `category_id`, `score`,
            `segmentations`.
        has_coco_crowds: Overlap with a crowd is the share of the prediction
            that lies in it, as COCO has it; the evaluator for videos takes
            the IoU.

    Raises:
        UserError: See `Tracks`.
    """

    def __init__(
        self,
        video: Mapping[str, Any],
        annotations: Sequence[Mapping[str, Any]],
        predictions: Sequence[Mapping[str, Any]],
        has_coco_crowds: bool = False,
    ) -> None:
        self.video_id = video['id']
        self.has_coco_crowds = has_coco_crowds
        length = video.get('length') or len(video['file_names'])
        frames = video.get('labelled_frames')
        frames = None if frames is None else sorted(set(frames))
        place = (video['height'], video['width'])
        self.truth = Tracks(
            [ann['segmentations'] for ann in annotations],
            *place,
            [
                f'annotation {ann.get("id")} of video {self.video_id}'
                for ann in annotations
            ],
            length,
            frames,
        )
        self.tracks = Tracks(
            [pred['segmentations'] for pred in predictions],
            *place,
            [
                f'prediction {n} of video {self.video_id}'
                for n in range(len(predictions))
            ],
            length,
            frames,
        )
        self.scores = np.array([p['score'] for p in predictions], dtype=float)
        self.categories = np.array(
            [p['category_id'] for p in predictions], dtype=np.int64
        )
        areas = self.tracks.areas
        num_seen = np.count_nonzero(areas, axis=1)
        self.mean_areas = areas.sum(1) / np.maximum(num_seen, 1)
        self.counts = (num_seen > 0) | (frames is None)
        self.true_categories = np.array(
            [ann['category_id'] for ann in annotations], dtype=np.int64
        )
        self.is_crowd = np.array(
            [bool(ann.get('iscrowd', 0)) for ann in annotations], dtype=bool
        )
        self.true_mean_areas = mean_areas(
            [
                ann.get('areas') or own
                for ann, own in zip(annotations, self.truth.areas)
            ]
        )

    @cached_property
    def intersections(self) -> np.ndarray:
        """(T, D, G) int64 pixels, of all pairs; made when first read."""
        return frame_intersections(self.tracks, self.truth)

    def ious(
        self, rows: Sequence[int], columns: Sequence[int], floor: float = 0.0
    ) -> np.ndarray:
        """Spatio-temporal IoU of some predictions and objects.

        Uses `intersections` where it has been read before, otherwise looks
        at these pairs only; IoUs below `floor` may then be 0.

        Returns:
            (D', G') float in [0, 1]; of crowds see `has_coco_crowds`.
        """
        rows, columns = np.asarray(rows, int), np.asarray(columns, int)
        crowds = self.is_crowd[columns]
        is_by_share = self.has_coco_crowds and crowds.any()
        if not is_by_share and 'intersections' not in self.__dict__:
            return track_ious(self.tracks, self.truth, rows, columns, floor)
        shared = self.intersections[:, rows][:, :, columns]
        areas = self.tracks.areas[rows]
        ious = join_frames(shared, areas, self.truth.areas[columns])
        if is_by_share:
            inside = shared.sum(0) / np.maximum(areas.sum(1), 1)[:, None]
            ious = np.where(crowds, inside, ious)
        return ious

    def match_by_category(
        self, category_ids: Sequence[int] | None = None
    ) -> dict[int, Matches]:
        """Match within each category that has a prediction or an object."""
        present = {*self.categories.tolist(), *self.true_categories.tolist()}
        if category_ids is not None:
            present &= set(category_ids)
        return {
            category: self._match(
                np.flatnonzero(self.categories == category),
                np.flatnonzero(self.true_categories == category),
            )
            for category in sorted(present)
        }

    def match_pooled(
        self, category_ids: Sequence[int] | None = None
    ) -> Matches:
        """Match without looking at categories.

        Among equal scores and IoUs the order is that of the official
        evaluator: by category id, then by place in the file.

        Args:
            category_ids: Only these take part; None means all, listed in
                the label file or not.
        """
        return self._match(
            _by_category(self.categories, category_ids),
            _by_category(self.true_categories, category_ids),
        )

    def match_foreground(self) -> Matches:
        """Match as if all objects and predictions were of one class.

        Source: Self-Shot VIS, Sec. 5, foreground against background.
        Differs from `match_pooled` only among equal scores and IoUs, which
        keep the order of the file.
        """
        return self._match(
            np.arange(len(self.tracks)), np.arange(len(self.truth))
        )

    def _match(self, rows: np.ndarray, columns: np.ndarray) -> Matches:
        rows = rows[self.counts[rows]]
        order = np.argsort(-self.scores[rows], kind='stable')
        rows = rows[order[:MAX_PREDICTIONS]]
        return match_group(
            self.ious(rows, columns, IOU_THRS.min()),
            self.scores[rows],
            self.mean_areas[rows],
            self.true_mean_areas[columns],
            self.is_crowd[columns],
        )


def mean_areas(areas: Sequence[Sequence[float | None]]) -> np.ndarray:
    """Mean of each track's areas that are neither None nor 0; else 0."""
    means = []
    for track in areas:
        seen = [area for area in track if area]
        means.append(np.mean(seen) if seen else 0.0)
    return np.array(means, dtype=float)


def _by_category(
    categories: np.ndarray, category_ids: Sequence[int] | None
) -> np.ndarray:
    order = np.argsort(categories, kind='stable')
    if category_ids is None:
        return order
    return order[np.isin(categories[order], list(category_ids))]
