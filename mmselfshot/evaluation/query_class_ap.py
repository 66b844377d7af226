"""Foreground AP over the videos of each query class.

Source: Self-Shot VIS (ECCV 2022), Sec. 5: foreground against background at
a video IoU of 0.5.
Ours: the paper does not say whether its mean is over all queries at once
(`join_pooled`) or over classes; this is the second. A video whose query has
several classes counts in each of them.
"""

from collections.abc import Mapping, Sequence

from mmselfshot.evaluation.vis_score import VideoScore, join_pooled


def foreground_ap_by_class(
    scores: Sequence[VideoScore],
    query_classes: Mapping[int, Sequence[int]],
    iou_thr: float = 0.5,
) -> dict[int, float]:
    """Score the videos of each class on their own.

    Args:
        scores: Of all videos.
        query_classes: Class ids that each video id is a query for.
        iou_thr: One of `IOU_THRS`.

    Returns:
        AP of each class id that has a video, ids rising; in [0, 1], -1 where
        the class has no object.
    """
    by_class: dict[int, list[VideoScore]] = {}
    for score in scores:
        for query_class in set(query_classes[score.video_id]):
            by_class.setdefault(query_class, []).append(score)
    return {
        query_class: join_pooled(of_one, 'foreground').at_iou(iou_thr)[0]
        for query_class, of_one in sorted(by_class.items())
    }


def mean_over_classes(by_class: Mapping[int, float]) -> float:
    """Mean over the classes that have an object; -1 if none has."""
    counting = [value for value in by_class.values() if value > -1]
    return sum(counting) / len(counting) if counting else -1.0
