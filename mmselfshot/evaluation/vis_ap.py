"""Average precision of video instance segmentation.

Source: the official YouTube-VIS evaluator: 10 IoU thresholds, 101 recall
points, 4 size ranges, at most 1, 10 or 100 predictions per video and
category. Videos stand in the order of their ids; equal scores keep the
order of the file. A category without objects counts in no mean (-1).
Alphabet: T IoU thresholds, R recall points, K categories, A size ranges,
M limits of predictions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from mmselfshot.evaluation.vis_matching import AREA_RANGES, IOU_THRS, Matches
from mmselfshot.evaluation.vis_video import VideoPair
from mmselfshot.utils import UserError

RECALL_POINTS = np.linspace(0, 1, 101)
MAX_DETECTIONS = (1, 10, 100)
VIEWS = ('category', 'pooled', 'foreground')


class Labels(Protocol):
    """What scoring reads of a label file (`datasets.LabelFile` has it)."""

    categories: list[dict]
    videos: dict[int, dict]
    annotations: dict[int, list[dict]]


@dataclass
class Precision:
    """Precision and recall of a whole data set.

    Attributes:
        category_ids: K ids; one -1 where categories were pooled.
        precision: (T, R, K, A, M) float in [0, 1]; -1 = no object.
        recall: (T, K, A, M) float in [0, 1]; -1 = no object.
        scores: (T, R, K, A, M) float, the score at which that recall is
            reached; 0 where it is not; -1 = no object.
    """

    category_ids: list[int]
    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray

    def stats(self) -> dict[str, float]:
        """The 12 official numbers, in [0, 1]; -1 where nothing counts."""
        stats = {
            'AP': _mean(self.precision[..., 0, -1]),
            'AP50': _mean(self.precision[_thr(0.5), ..., 0, -1]),
            'AP75': _mean(self.precision[_thr(0.75), ..., 0, -1]),
        }
        for a, size in enumerate(AREA_RANGES):
            if size != 'all':
                stats[f'AP{size[0]}'] = _mean(self.precision[..., a, -1])
        for m, limit in enumerate(MAX_DETECTIONS):
            stats[f'AR{limit}'] = _mean(self.recall[..., 0, m])
        for a, size in enumerate(AREA_RANGES):
            if size != 'all':
                stats[f'AR{size[0]}'] = _mean(self.recall[..., a, -1])
        return stats

    def per_category(self) -> dict[int, dict[str, float]]:
        """AP, AP50, AP75 and AR100 of each category id."""
        table = {}
        for k, category in enumerate(self.category_ids):
            of_one = self.precision[:, :, k, 0, -1]
            table[category] = {
                'AP': _mean(of_one),
                'AP50': _mean(of_one[_thr(0.5)]),
                'AP75': _mean(of_one[_thr(0.75)]),
                'AR100': _mean(self.recall[:, k, 0, -1]),
            }
        return table

    def at_iou(self, iou_thr: float) -> tuple[float, float]:
        """AP and recall (of at most 100 predictions) at one threshold."""
        t = _thr(iou_thr)
        return (
            _mean(self.precision[t, ..., 0, -1]),
            _mean(self.recall[t, ..., 0, -1]),
        )


def accumulate(
    videos: Sequence[Mapping[int, Matches]], category_ids: Sequence[int]
) -> Precision:
    """Join the matches of all videos.

    Args:
        videos: Per video, in the order of video ids, its matches by
            category id; a category without prediction and object is absent.
        category_ids: K ids to report, in this order.
    """
    shape = (len(category_ids), len(AREA_RANGES), len(MAX_DETECTIONS))
    precision = -np.ones((len(IOU_THRS), len(RECALL_POINTS), *shape))
    scores = precision.copy()
    recall = -np.ones((len(IOU_THRS), *shape))
    for k, category in enumerate(category_ids):
        parts = [video[category] for video in videos if category in video]
        if not parts:
            continue
        joined, rank, _ = join_matches(parts)
        for a, num_objects in enumerate(joined.num_objects):
            if num_objects == 0:
                continue
            for m, limit in enumerate(MAX_DETECTIONS):
                chosen = rank < limit
                curves = precision_curves(
                    joined.scores[chosen],
                    joined.is_matched[a][:, chosen],
                    joined.is_ignored[a][:, chosen],
                    num_objects,
                )
                at = (k, a, m)
                precision[(..., *at)], recall[(..., *at)] = curves[:2]
                scores[(..., *at)] = curves[2]
    return Precision(list(category_ids), precision, recall, scores)


def average_precision(
    videos: Sequence[Mapping[int, Matches]], category_ids: Sequence[int]
) -> float:
    """AP as `accumulate` gives it, and nothing else.

    A bootstrap asks for it thousands of times.

    Returns:
        In [0, 1]; -1 without objects.
    """
    values = []
    for category in category_ids:
        parts = [video[category] for video in videos if category in video]
        if not sum(part.num_objects[0] for part in parts):
            continue
        joined, rank, _ = join_matches(parts)
        chosen = rank < MAX_DETECTIONS[-1]
        curves = precision_curves(
            joined.scores[chosen],
            joined.is_matched[0][:, chosen],
            joined.is_ignored[0][:, chosen],
            joined.num_objects[0],
        )
        values.append(float(curves[0].mean()))
    return sum(values) / len(values) if values else -1.0


def precision_curves(
    scores: np.ndarray,
    is_matched: np.ndarray,
    is_ignored: np.ndarray,
    num_objects: int,
    counts: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Interpolated precision of one category, size range and limit.

    Args:
        scores: (N,) float, falling.
        is_matched: (T, N) bool.
        is_ignored: (T, N) bool.
        num_objects: Objects to be found, at least 1.
        counts: (N,) int, how often each counts; None: once.

    Returns:
        precision: (T, R) float, made to fall with recall.
        recall: (T,) float, of all N.
        scores: (T, R) float.
    """
    is_hit, is_miss = is_matched & ~is_ignored, ~is_matched & ~is_ignored
    if counts is not None:
        is_hit, is_miss = is_hit * counts, is_miss * counts
    hits = np.cumsum(is_hit, axis=1, dtype=float)
    misses = np.cumsum(is_miss, axis=1, dtype=float)
    recall = hits / num_objects
    precision = hits / (misses + hits + np.spacing(1))
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    at_points = np.zeros((len(hits), len(RECALL_POINTS)))
    score_at_points = np.zeros_like(at_points)
    for t, row in enumerate(recall):
        index = np.searchsorted(row, RECALL_POINTS, side='left')
        index = index[index < len(row)]  # recall only rises
        at_points[t, : len(index)] = precision[t, index]
        score_at_points[t, : len(index)] = scores[index]
    last = recall[:, -1] if len(scores) else np.zeros(len(hits))
    return at_points, last, score_at_points


def evaluate_vis(
    labels: Labels,
    results: Sequence[Mapping[str, Any]],
    view: str = 'category',
    category_ids: Sequence[int] | None = None,
    video_ids: Sequence[int] | None = None,
) -> Precision:
    """Score a result list.

    Args:
        labels: A `LabelFile`, or anything with its three attributes.
        results: Predicted tracks: `video_id`, `category_id`, `score`,
            `segmentations` (a mask or None per frame).
        view: 'category' (official), or without looking at categories:
            'pooled' or 'foreground', see `VideoPair`; there every
            prediction counts, whatever its category id.
        category_ids: Score only these; None means all of the label file
            (if pooled: all there are). Not for 'foreground'.
        video_ids: Score only these; None means all.

    Raises:
        UserError: If a prediction names an unknown video or its masks do
            not fit the video.
    """
    assert view in VIEWS, f'{view!r} is not one of {VIEWS}'
    assert view != 'foreground' or category_ids is None
    by_video = group_results(labels, results)
    matches = []
    for video_id in sorted(labels.videos):
        if video_ids is not None and video_id not in video_ids:
            continue
        pair = VideoPair(
            labels.videos[video_id],
            labels.annotations.get(video_id, []),
            by_video.get(video_id, []),
        )
        if not len(pair.tracks) and not len(pair.truth):
            continue
        if view == 'category':
            matches.append(pair.match_by_category(category_ids))
        elif view == 'pooled':
            matches.append({-1: pair.match_pooled(category_ids)})
        else:
            matches.append({-1: pair.match_foreground()})
    if view != 'category':
        return accumulate(matches, [-1])
    if category_ids is None:
        category_ids = [category['id'] for category in labels.categories]
    return accumulate(matches, sorted(set(category_ids)))


def group_results(
    labels: Labels, results: Sequence[Mapping[str, Any]]
) -> dict[int, list[Mapping[str, Any]]]:
    """Sort predictions by video, keeping their order.

    Raises:
        UserError: If a prediction names a video that is not in `labels`.
    """
    by_video: dict[int, list[Mapping[str, Any]]] = {}
    for result in results:
        by_video.setdefault(result['video_id'], []).append(result)
    unknown = [video for video in by_video if video not in labels.videos]
    if unknown:
        raise UserError(
            f'the results name video {unknown[0]!r} and {len(unknown) - 1} '
            f'others that are not among the {len(labels.videos)} videos of '
            'the label file; score them against the file they were made for'
        )
    return by_video


def join_matches(
    parts: Sequence[Matches],
) -> tuple[Matches, np.ndarray, np.ndarray]:
    """All videos' predictions by falling score.

    Returns:
        Matches of N predictions; (N,) int, the rank of each in its video;
        (N,) int, the video of each.
    """
    sizes = [len(part.scores) for part in parts]
    scores = np.concatenate([part.scores for part in parts])
    rank = np.concatenate([np.arange(size) for size in sizes])
    order = np.argsort(-scores, kind='stable')
    joined = Matches(
        scores[order],
        np.concatenate([p.is_matched for p in parts], axis=2)[..., order],
        np.concatenate([p.is_ignored for p in parts], axis=2)[..., order],
        np.sum([part.num_objects for part in parts], axis=0),
    )
    return joined, rank[order], np.repeat(np.arange(len(sizes)), sizes)[order]


def _thr(iou_thr: float) -> int:
    near = np.flatnonzero(np.isclose(IOU_THRS, iou_thr))
    assert len(near) == 1, f'{iou_thr} is not one of {IOU_THRS}'
    return int(near[0])


def _mean(values: np.ndarray) -> float:
    counting = values[values > -1]
    return float(counting.mean()) if counting.size else -1.0
