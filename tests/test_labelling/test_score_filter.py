"""Filters on a table made by hand."""

import numpy as np
import pytest
from tiny_candidates import make_table

from mmselfshot.labelling.filter_report import (
    format_label_report,
    make_label_report,
)
from mmselfshot.labelling.score_filter import ScoreFilter, find_distinct
from mmselfshot.utils import UserError


def test_every_reason_by_hand():
    """Boxes are 10x10 squares; the last two overlap in 9 of 11 columns."""
    table = make_table(
        mask_score=[0.9, 0.4, 0.9, 0.9, 0.8, 0.9],
        prob=[0.9, 0.9, 0.4, 0.9, 0.9, 0.9],
        left=[0, 12, 24, 36, 37, 0],
        is_small=[True, False, False, False, False, False],
        frame_id=[0, 0, 0, 0, 0, 1],
    )
    report = ScoreFilter(0.5, 0.7)(table)
    assert table.reason.tolist() == [
        *('small', 'mask score', 'clip score'),
        *('', 'overlap', ''),
    ]
    assert report.before.tolist() == [5, 1]
    assert report.after.tolist() == [2, 0]


def test_best_of_a_frame_stay():
    table = make_table(mask_score=[0.6, 0.9, 0.8, 0.7], left=[0, 12, 24, 36])
    ScoreFilter(max_per_frame=2)(table)
    assert table.reason.tolist() == ['too many', '', '', 'too many']


def test_a_suppressed_mask_suppresses_nothing():
    """A beats B, B would beat C, A and C do not overlap enough."""
    ious = np.array([[1, 0.6, 0.2], [0.6, 1, 0.6], [0.2, 0.6, 1]])
    assert find_distinct(ious, 0.5).tolist() == [True, False, True]


def test_equal_iou_stays_and_limits_can_be_off():
    ious = np.array([[1, 0.5], [0.5, 1]])
    assert find_distinct(ious, 0.5).all()
    table = make_table(mask_score=[0.1, 0.1], left=[0, 0])
    ScoreFilter(0, 0, None, None)(table)
    assert table.is_kept.all()


def test_table_without_a_candidate():
    table = make_table(mask_score=[])
    report = ScoreFilter()(table)
    assert report.after.tolist() == [0, 0]
    text = format_label_report(make_label_report(table, [report]))
    assert '0 of 2 frames in 1 videos are labelled' in text


@pytest.mark.parametrize(
    'arguments', [dict(mask_thr=1.5), dict(nms_iou=-1), dict(max_per_frame=0)]
)
def test_impossible_thresholds_are_refused(arguments):
    with pytest.raises(UserError, match='expected'):
        ScoreFilter(**arguments)


def test_report_counts_classes_and_reasons():
    table = make_table(
        mask_score=[0.9, 0.9, 0.1], left=[0, 20, 40], prob=[0.9, 0.2, 0.9]
    )
    report = make_label_report(table, [ScoreFilter(clip_thr=0.5)(table)])
    assert report['classes'] == [
        {
            'name': 'cat',
            'candidates': 2,
            'kept': 1,
            'dropped': {'mask score': 1},
        },
        {
            'name': 'dog',
            'candidates': 1,
            'kept': 1,
            'dropped': {'mask score': 0},
        },
    ]
    assert report['empty_frames'] == 1  # of two that were looked at
    assert 'cat             2     1           1' in format_label_report(report)
