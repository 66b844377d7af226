"""A threshold on the quality of masks: predicted IoU times score.

Beyond UVIS. Source of the idea and of the value: AutoQ-VIS (2508.19808),
which keeps masks at 0.75 (+2.1 AP50 there) with a trained predictor.
Ours: what predicts the IoU. A model's own masks bring a prediction (see
`soft_iou`); for masks without one, the IoU with the best mask of a
neighbouring frame takes its place: what is seen again is more often whole.
"""

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.labelling.filter_report import FilterReport, count_kept
from mmselfshot.registry import TASK_UTILS
from mmselfshot.utils import UserError


@TASK_UTILS.register_module()
class QualityFilter:
    """Drops candidates of low quality.

    Reason given: `quality`. The quality of every judged candidate is left in
    the table's extra column `quality` (NaN elsewhere).

    Args:
        thr: Least predicted IoU times mask score, in [0, 1].
        predictor: `proposer` takes what the mask proposer predicts,
            `neighbours` compares with neighbouring sampled frames.
    """

    def __init__(self, thr: float = 0.75, predictor: str = 'proposer') -> None:
        if not 0 <= thr <= 1:
            raise UserError(f'thr={thr}; expected 0 to 1')
        if predictor not in ('proposer', 'neighbours'):
            raise UserError(
                f'predictor={predictor!r}; expected proposer or neighbours'
            )
        self.thr = thr
        self.predictor = predictor

    def __call__(self, table: CandidateTable) -> FilterReport:
        """Set reasons in the table.

        Raises:
            UserError: If the proposer predicts no IoU and should have.
        """
        before = count_kept(table)
        rows = np.flatnonzero(table.is_kept)
        if self.predictor == 'neighbours':
            ious = iou_with_neighbours(table, rows)
        else:
            ious = table.predicted_iou[rows]
            if np.isnan(ious).any():
                raise UserError(
                    f'QualityFilter: the masks of {table.source} come '
                    'without a predicted IoU; set predictor="neighbours"'
                )
        quality = np.full(len(table), np.nan)
        quality[rows] = ious * table.mask_score[rows]
        table.extra['quality'] = quality
        with np.errstate(invalid='ignore'):
            table.drop(quality < self.thr, 'quality')
        return FilterReport('QualityFilter', before, count_kept(table))


def iou_with_neighbours(table: CandidateTable, rows: np.ndarray) -> np.ndarray:
    """The best IoU of each mask with a mask one sampled frame away.

    Args:
        table: Of any number of videos.
        rows: (M,) ascending indices, the masks that are compared.

    Returns:
        (M,) float; the greater of the bests in the frame before and after,
        0 where neither has a mask, NaN in a video of one sampled frame.
    """
    place_of = {
        (video_id, frame): place
        for video_id, video in table.videos.items()
        for place, frame in enumerate(video['sampled'])
    }
    groups = {}
    for group in table.frame_groups(rows):
        video_id = int(table.video_id[group[0]])
        place = place_of[video_id, int(table.frame_id[group[0]])]
        groups[video_id, place] = group
    best = np.zeros(len(table))
    for (video_id, place), group in groups.items():
        if len(table.videos[video_id]['sampled']) == 1:
            best[group] = np.nan
        after = groups.get((video_id, place + 1))
        if after is None:
            continue
        ious = np.asarray(
            coco_mask.iou(
                [table.rles[row] for row in group],
                [table.rles[row] for row in after],
                [0] * len(after),
            )
        )
        best[group] = np.maximum(best[group], ious.max(1))
        best[after] = np.maximum(best[after], ious.max(0))
    return best[rows]


def soft_iou(probs: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The IoU that a model's own pixel probabilities make one expect.

    The expected intersection of a mask and the true object, over their
    expected union, if the probabilities are right.

    Args:
        probs: (N, H, W) float in [0, 1].
        masks: (N, H, W) bool.

    Returns:
        (N,) float in [0, 1]; 0 for an empty mask.
    """
    shared = (probs * masks).sum((1, 2))
    area = masks.sum((1, 2))
    union = area + probs.sum((1, 2)) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=area > 0)
