"""Predicted IoU times score, by hand."""

import numpy as np
import pytest
from tiny_candidates import make_table

from mmselfshot.labelling.quality_filter import (
    QualityFilter,
    iou_with_neighbours,
    soft_iou,
)
from mmselfshot.utils import UserError


def test_product_of_predicted_iou_and_score():
    table = make_table(
        mask_score=[1.0, 0.9, 0.8, 0.9], predicted_iou=[0.75, 0.8, 1.0, 0.9]
    )
    QualityFilter(0.75)(table)
    assert table.reason.tolist() == ['', 'quality', '', '']
    assert table.extra['quality'] == pytest.approx([0.75, 0.72, 0.8, 0.81])


def test_proposer_without_prediction_is_refused():
    with pytest.raises(UserError, match='predictor="neighbours"'):
        QualityFilter()(make_table(mask_score=[0.9]))
    with pytest.raises(UserError, match='expected proposer'):
        QualityFilter(predictor='crystal ball')


def test_neighbours_by_hand():
    """Squares of 10 columns: a shift by 2 has an IoU of 8 / 12; frame 4
    follows frame 0 among the sampled ones, frame 8 has no neighbour's mask
    that overlaps."""
    table = make_table(
        mask_score=[1, 1, 1, 1],
        left=[0, 30, 2, 60],
        frame_id=[0, 0, 4, 8],
        sampled=(0, 4, 8),
    )
    found = iou_with_neighbours(table, np.arange(4))
    assert found == pytest.approx([8 / 12, 0, 8 / 12, 0])
    QualityFilter(0.5, 'neighbours')(table)
    assert table.reason.tolist() == ['', 'quality', '', 'quality']


def test_an_empty_frame_between_is_no_neighbour():
    table = make_table(
        mask_score=[1, 1], left=[0, 0], frame_id=[0, 2], sampled=(0, 1, 2)
    )
    assert iou_with_neighbours(table, np.arange(2)).tolist() == [0, 0]


def test_a_single_frame_is_not_judged():
    table = make_table(mask_score=[1], sampled=(0,))
    QualityFilter(0.9, 'neighbours')(table)
    assert table.is_kept.all()


def test_soft_iou_by_hand():
    """Mask of two pixels; p = .9 and .7 inside, .2 outside: expected
    intersection 1.6, expected union 2 + .2."""
    probs = np.array([[[0.9, 0.7, 0.2]], [[1, 0, 0]], [[0.3, 0.3, 0.3]]])
    masks = np.array([[[1, 1, 0]], [[1, 0, 0]], [[0, 0, 0]]], bool)
    assert soft_iou(probs, masks) == pytest.approx([1.6 / 2.2, 1, 0])
    assert soft_iou(probs[:0], masks[:0]).shape == (0,)
