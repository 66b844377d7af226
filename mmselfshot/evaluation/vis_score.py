"""All numbers of a data set from small arrays of its videos.

Each video is measured alone, on whatever rank has it; only the small
arrays are kept and joined at the end. Used by the registered metric and by
`tools/analysis_tools/eval_vis.py`, so both give the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmselfshot.evaluation.vis_ap import (
    Labels,
    Precision,
    accumulate,
    group_results,
)
from mmselfshot.evaluation.vis_identity import (
    SCORE_THR,
    Following,
    measure_following,
)
from mmselfshot.evaluation.vis_matching import Matches
from mmselfshot.evaluation.vis_video import VideoPair

_POOLED_KEYS = ('AP', 'AP50', 'AP75', 'AR1', 'AR10')


@dataclass
class VideoScore:
    """What one video adds to the numbers of the data set.

    Attributes:
        video_id: The video.
        num_predictions: Predicted tracks, of any score.
        num_unlisted: Those of them with a category that is not scored.
        by_category: Matches within each category.
        pooled: Matches without looking at categories.
        foreground: The same with all objects as one class.
        following: Overlaps and identity switches.
    """

    video_id: int
    num_predictions: int
    num_unlisted: int
    by_category: dict[int, Matches]
    pooled: Matches
    foreground: Matches
    following: Following


def score_video(
    video: Mapping[str, Any],
    annotations: Sequence[Mapping[str, Any]],
    predictions: Sequence[Mapping[str, Any]],
    category_ids: Sequence[int],
    score_thr: float = SCORE_THR,
    has_coco_crowds: bool = False,
) -> VideoScore:
    """Measure one video; arguments as of `VideoPair`.

    Args:
        category_ids: Categories of the class-aware view.
        score_thr: Weaker predictions take no part in identity switches.
        has_coco_crowds: See `VideoPair`.

    Raises:
        UserError: If a mask does not fit the video.
    """
    pair = VideoPair(video, annotations, predictions, has_coco_crowds)
    following = measure_following(pair, score_thr)
    return VideoScore(
        pair.video_id,
        len(predictions),
        int(np.sum(~np.isin(pair.categories, list(category_ids)))),
        pair.match_by_category(category_ids),
        pair.match_pooled(),
        pair.match_foreground(),
        following,
    )


def score_results(
    labels: Labels,
    results: Sequence[Mapping[str, Any]],
    score_thr: float = SCORE_THR,
) -> list[VideoScore]:
    """Measure all labelled videos; one without prediction counts as missed.

    Raises:
        UserError: See `evaluate_vis`.
    """
    by_video = group_results(labels, results)
    category_ids = [category['id'] for category in labels.categories]
    return [
        score_video(
            labels.videos[video_id],
            labels.annotations.get(video_id, []),
            by_video.get(video_id, []),
            category_ids,
            score_thr,
        )
        for video_id in sorted(labels.videos)
        if is_labelled(labels.videos[video_id])
    ]


def is_labelled(video: Mapping[str, Any]) -> bool:
    """Whether any frame of the video is labelled; others are not scored."""
    return video.get('labelled_frames') != []


def join_categories(
    scores: Sequence[VideoScore], category_ids: Sequence[int]
) -> Precision:
    """Class-aware precision of all videos."""
    ordered = sorted(scores, key=lambda score: score.video_id)
    return accumulate(
        [score.by_category for score in ordered], sorted(set(category_ids))
    )


def join_pooled(
    scores: Sequence[VideoScore], view: str = 'pooled'
) -> Precision:
    """Precision of all videos in the view 'pooled' or 'foreground'."""
    ordered = sorted(scores, key=lambda score: score.video_id)
    return accumulate([{-1: getattr(score, view)} for score in ordered], [-1])


def summarize(
    scores: Sequence[VideoScore], category_ids: Sequence[int]
) -> dict[str, float]:
    """All numbers of the data set, not rounded.

    Returns:
        AP ... ARl (12 official stats, class-aware), pooled_AP ...
        pooled_AR10, fgbg_AP50 (Self-Shot), track_iou and frame_iou (means
        over objects and over masks, see `Following`),
        id_switches_per_track, and id_paired_share, the share of the
        objects' frames in which identity could be looked at. IoUs and
        shares are in [0, 1]; -1 where nothing counts.
    """
    summary = join_categories(scores, category_ids).stats()
    pooled = join_pooled(scores).stats()
    summary |= {f'pooled_{key}': pooled[key] for key in _POOLED_KEYS}
    foreground = join_pooled(scores, 'foreground').stats()
    summary['fgbg_AP50'] = foreground['AP50']
    return summary | summarize_following([s.following for s in scores])


def summarize_following(parts: Sequence[Following]) -> dict[str, float]:
    """Means over all objects of all videos; -1 without objects."""
    switches = sum(int(part.num_switches.sum()) for part in parts)
    paired = sum(int(part.num_paired.sum()) for part in parts)
    visible = sum(int(part.num_visible.sum()) for part in parts)
    num_objects = sum(len(part.num_switches) for part in parts)
    of_tracks = sum(float(part.track_ious.sum()) for part in parts)
    of_frames = sum(float(part.frame_ious.sum()) for part in parts)
    return {
        'track_iou': _ratio(of_tracks, num_objects),
        'frame_iou': _ratio(of_frames, visible),
        'id_switches_per_track': _ratio(switches, num_objects),
        'id_paired_share': _ratio(paired, visible),
    }


def _ratio(total: float, count: int) -> float:
    return total / count if count else -1.0
