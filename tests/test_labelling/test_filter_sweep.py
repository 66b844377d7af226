"""Sweeps of thresholds, against filters applied one by one."""

import pytest
from tiny_candidates import make_table

from mmselfshot.labelling.filter_sweep import format_sweep, sweep_filters
from mmselfshot.labelling.label_writer import make_label_file
from mmselfshot.utils import UserError

FILTERS = [dict(type='ScoreFilter', mask_thr=0.0, clip_thr=0.0)]


def some_candidates():
    """Three squares apart; the middle one is named wrongly."""
    return make_table(
        mask_score=[0.9, 0.6, 0.7], prob=[0.9, 0.6, 0.8], left=[0, 20, 40]
    )


def true_labels():
    """The middle one is a dog, a fourth object was not found, and frame 1
    was seen by people, frame 2 was not looked at."""
    table = make_table(
        mask_score=[1] * 4, prob=[1, 0, 1, 1], left=[0, 20, 40, 60]
    )
    labels = make_label_file(table)
    labels.videos[7]['labelled_frames'] = [0, 1]
    return labels


def test_precision_and_recall_by_hand():
    """All: 2 of 3 right, 2 of 4 found. From .65 on: 2 of 2, 2 of 4. From
    .85 on: 1 of 1, 1 of 4."""
    rows = list(
        sweep_filters(
            some_candidates(),
            FILTERS,
            {'mask_thr': [0.0, 0.65, 0.85]},
            true_labels(),
        )
    )
    found = [(one['kept'], one['precision'], one['recall']) for one in rows]
    assert found == [
        (3, pytest.approx(2 / 3), 0.5),
        (2, 1.0, 0.5),
        (1, 1.0, 0.25),
    ]
    assert rows[0]['agnostic_precision'] == 1.0
    assert rows[0]['labelled_frames'] == 1


def test_every_combination_is_a_row_and_the_table_stays():
    table = some_candidates()
    values = {'mask_thr': [0.0, 0.65], 'clip_thr': [0.0, 0.85]}
    rows = list(sweep_filters(table, FILTERS, values))
    assert [one['kept'] for one in rows] == [3, 1, 2, 1]
    assert table.is_kept.all() and FILTERS[0]['mask_thr'] == 0.0
    assert len(format_sweep(rows).splitlines()) == 5


def test_off_leaves_the_filter_out():
    filters = [dict(type='ScoreFilter', mask_thr=0.8, clip_thr=0.0)]
    values = {'mask_thr': [0.8, None]}
    rows = list(sweep_filters(some_candidates(), filters, values))
    assert [one['kept'] for one in rows] == [1, 3]
    assert 'off' in format_sweep(rows)


def test_filter_that_is_not_there():
    with pytest.raises(UserError, match='belongs to PrototypeMemory'):
        list(sweep_filters(some_candidates(), FILTERS, {'tau': [0.7]}))
