"""What a test keeps of each query, and the numbers that come from it.

Source: Self-Shot VIS (ECCV 2022), Sec. 6: foreground against background, AP
at a video IoU of 0.5, all queries at once; Tab. 4 splits the queries.
Ours: IoUs are kept, so that AP of any part or resample of the queries is
made without masks; the swap score.
Shapes: D predictions, G instances of a query, targets or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmselfshot.evaluation.query_class_ap import mean_over_classes
from mmselfshot.evaluation.vis_ap import average_precision
from mmselfshot.evaluation.vis_matching import Matches, match_tracks
from mmselfshot.evaluation.vis_video import VideoPair
from mmselfshot.utils import UserError

IOU_THR = 0.5


@dataclass(frozen=True)
class QueryRow:
    """A query with what was predicted, masks left out.

    Attributes:
        video_id: Of the episode.
        category_ids: What was to be segmented.
        scores: D floats, falling.
        ious: D lists of G floats in [0, 1], IoU over the labelled frames.
        kinds: G category ids.
        is_target: G bools.
    """

    video_id: int
    category_ids: list[int]
    scores: list[float]
    ious: list[list[float]]
    kinds: list[int]
    is_target: list[bool]

    @property
    def num_targets(self) -> int:
        """Instances to be segmented."""
        return sum(self.is_target)

    def matches(self) -> Matches:
        """Matches of predictions and targets at `IOU_THR`, any size."""
        shape = len(self.scores), len(self.kinds)
        ious = np.array(self.ious, float).reshape(shape)
        ious = ious[:, np.array(self.is_target, bool)]
        counts = np.zeros((1, ious.shape[1]), bool)
        matched = match_tracks(ious, counts, counts[0], np.array([IOU_THR]))
        return Matches(
            np.array(self.scores, float),
            matched >= 0,
            np.zeros_like(matched, bool),
            np.array([ious.shape[1]]),
        )


def make_query_row(
    video: Mapping[str, Any],
    category_ids: Sequence[int],
    annotations: Sequence[Mapping[str, Any]],
    predictions: Sequence[Mapping[str, Any]],
) -> QueryRow:
    """Measure one query.

    Args:
        video: See `VideoPair`, which says what counts.
        category_ids: What was to be segmented.
        annotations: G of them, no crowds; maybe with `is_target`.
        predictions: D of them by falling score, see `VideoPair`.

    Raises:
        UserError: If a mask does not fit the video, or one is a crowd:
            what lies in it counts neither as right nor as wrong, which a
            row does not tell.
    """
    if any(one.get('iscrowd') for one in annotations):
        raise UserError(
            f'query {video["id"]} shows a crowd, which rows of queries do not '
            'hold; score it with tools/test.py, or leave the crowd out of the '
            'label file'
        )
    pair = VideoPair(video, annotations, predictions)
    _ = pair.intersections  # IoUs below the threshold count in swap scores
    rows = np.flatnonzero(pair.counts)
    ious = pair.ious(rows, range(len(annotations)))
    return QueryRow(
        pair.video_id,
        list(category_ids),
        pair.scores[rows].tolist(),
        ious.tolist(),
        pair.true_categories.tolist(),
        [bool(one.get('is_target', True)) for one in annotations],
    )


def pooled_ap50(matches: Sequence[Matches]) -> float:
    """AP of all queries at once.

    Args:
        matches: Of each query, see `QueryRow.matches`; equal scores keep
            this order.

    Returns:
        In [0, 1]; -1 without targets.
    """
    return average_precision([{-1: one} for one in matches], [-1])


def class_mean_ap50(rows: Sequence[QueryRow]) -> float:
    """Mean AP over what was to be segmented; -1 without targets."""
    by_class: dict[int, list[Matches]] = {}
    for row in rows:
        matches = row.matches()
        for kind in set(row.category_ids):
            by_class.setdefault(kind, []).append(matches)
    return mean_over_classes(
        {kind: pooled_ap50(many) for kind, many in sorted(by_class.items())}
    )


def swap_score(row: QueryRow) -> float:
    """Whether the best prediction is of the kind that was asked for.

    The prediction with the highest score is compared with the instance of
    the targets, and with the one of the other kinds, that it overlaps most.

    Returns:
        1 if it overlaps a target more, 0 if less, .5 if equally or if there
        is no prediction; .5 is expected of a network that does not look at
        supports.
    """
    best = (row.ious or [[0.0] * len(row.kinds)])[0]
    right = [iou for iou, one in zip(best, row.is_target) if one]
    wrong = [iou for iou, one in zip(best, row.is_target) if not one]
    ahead = max(right, default=0.0) - max(wrong, default=0.0)
    return 0.5 + 0.5 * float(np.sign(ahead))
