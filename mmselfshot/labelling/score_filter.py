"""Thresholds on scores, as simple as they are important.

Source: UVIS (CVPR-W 2024): thresholds on mask score and CLIP score; worth
+3.2 AP in its ablation, more than anything else but the training itself.
Ours: all values; the paper's are not known.
"""

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.labelling.filter_report import FilterReport, count_kept
from mmselfshot.registry import TASK_UTILS
from mmselfshot.utils import UserError


@TASK_UTILS.register_module()
class ScoreFilter:
    """Drops small, weak and repeated candidates.

    Reasons given, in this order: `small`, `mask score`, `clip score`,
    `overlap` (with a better one of the same frame, whatever the class),
    `too many` (in one frame). The better one is that of the higher mask
    score times class probability.

    Args:
        mask_thr: Least mask score, in [0, 1].
        clip_thr: Least class probability, in [0, 1].
        max_per_frame: Most candidates of a frame; None for no limit.
        nms_iou: Of two masks with a greater IoU the better stays; None
            keeps both.
        drop_small: Drop what is too small to be named.
    """

    def __init__(
        self,
        mask_thr: float = 0.5,
        clip_thr: float = 0.5,
        max_per_frame: int | None = 10,
        nms_iou: float | None = 0.5,
        drop_small: bool = True,
    ) -> None:
        for name, value in (
            ('mask_thr', mask_thr),
            ('clip_thr', clip_thr),
            ('nms_iou', nms_iou),
        ):
            if value is not None and not 0 <= value <= 1:
                raise UserError(f'{name}={value}; expected 0 to 1')
        if max_per_frame is not None and max_per_frame < 1:
            raise UserError(
                f'max_per_frame={max_per_frame}; expected 1 or more, or None'
            )
        self.mask_thr = mask_thr
        self.clip_thr = clip_thr
        self.max_per_frame = max_per_frame
        self.nms_iou = nms_iou
        self.drop_small = drop_small

    def __call__(self, table: CandidateTable) -> FilterReport:
        """Set reasons in the table."""
        before = count_kept(table)
        if self.drop_small:
            table.drop(table.is_small, 'small')
        table.drop(table.mask_score < self.mask_thr, 'mask score')
        table.drop(table.clip_score < self.clip_thr, 'clip score')
        if self.nms_iou is not None:
            self._drop_overlapping(table)
        if self.max_per_frame is not None:
            for rows in table.frame_groups(np.flatnonzero(table.is_kept)):
                best_first = rows[
                    np.argsort(-table.score[rows], kind='stable')
                ]
                table.drop(best_first[self.max_per_frame :], 'too many')
        return FilterReport('ScoreFilter', before, count_kept(table))

    def _drop_overlapping(self, table: CandidateTable) -> None:
        for rows in table.frame_groups(np.flatnonzero(table.is_kept)):
            if len(rows) == 1:
                continue
            rows = rows[np.argsort(-table.score[rows], kind='stable')]
            rles = [table.rles[row] for row in rows]
            ious = coco_mask.iou(rles, rles, [0] * len(rles))
            table.drop(rows[~find_distinct(ious, self.nms_iou)], 'overlap')


def find_distinct(ious: np.ndarray, iou_thr: float) -> np.ndarray:
    """Greedy suppression.

    Args:
        ious: (N, N) float, best first.
        iou_thr: Greatest IoU with a better one that stays.

    Returns:
        (N,) bool, True for those that stay.
    """
    stays = np.ones(len(ious), dtype=bool)
    for place in range(1, len(ious)):
        better = ious[place, :place][stays[:place]]
        stays[place] = not (better > iou_thr).any()
    return stays
