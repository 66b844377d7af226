"""The retrieval table: rows, a tiny world end to end, and its numbers."""

import json
import shutil

import pytest
from fewshot_worlds import TINY

from mmselfshot.apis.retrieval_table import (
    ROWS,
    Row,
    choose_rows,
    run_retrieval_table,
)
from mmselfshot.apis.retrieval_table_report import compare_rows, format_table
from mmselfshot.utils import UserError


def test_every_row_is_a_config(repo):
    for row in ROWS:
        assert (repo / 'configs/selfshot' / row.config).is_file()
        is_trained = row.config.startswith('retriever_')
        assert (row.kind == 'trained') == is_trained


def test_rows_are_chosen_by_name():
    rows = choose_rows(
        ['frozen_dino_toyvis', 'frozen_cnn_toyvis'],
        {'frozen_cnn_toyvis': 'a.pth'},
    )
    assert [row.title for row in rows] == ['toy DINO', 'CNN taught on stills']
    assert [row.checkpoint for row in rows] == ['none', 'a.pth']
    assert choose_rows() == ROWS
    with pytest.raises(UserError, match="no row 'dino'; expected one of"):
        choose_rows(['dino'])


def result(rights, chance=0.1):
    """One query per row of marks; the first half asks for class 1."""
    return {
        'queries': [
            {
                'category_id': 1 + (n >= len(rights) / 2),
                'chance': chance,
                'supports': [{'is_right': mark == '1'} for mark in marks],
            }
            for n, marks in enumerate(rights)
        ]
    }


def test_numbers_by_hand():
    """Trained .4 and .8; frozen .2 and .2: .2 and .6 above, .4 on average."""
    trained = Row('ranking', 'r.py', 'trained')
    frozen = Row('DINO', 'd.py', 'frozen')
    other = Row('random', 'e.py', 'frozen')
    content = compare_rows(
        {
            other: [result(['00000'] * 2), result(['00000'] * 2)],
            frozen: [result(['10000'] * 2), result(['00001'] * 2)],
            trained: [result(['11000'] * 2), result(['11110'] * 2)],
        },
        num_draws=200,
    )
    assert content['best_frozen'] == 'DINO'
    row = content['rows'][2]
    assert row['precision'] == [0.4, 0.8]
    assert row['mean'] == row['class_mean'] == pytest.approx(0.6)
    assert row['ratio'] == pytest.approx(6)
    (difference,) = content['differences']
    assert difference['what'] == 'ranking'
    assert difference['mean'] == pytest.approx(0.4)
    assert difference['low'] == pytest.approx(0.2)
    assert difference['high'] == pytest.approx(0.6)
    text = format_table(content)
    assert (
        '| ranking (trained) | 0.600 | 0.600 | 6.00 | 0.400, 0.800 |' in text
    )
    assert 'ranking minus DINO: +0.400 (95 % interval +0.200 to' in text


@pytest.fixture(scope='module')
def out(tmp_path_factory):
    return tmp_path_factory.mktemp('retrieval')


ONE = choose_rows(['frozen_mean_colour_toyvis'])


def test_a_tiny_world_gives_a_table(repo, out):
    content = run_retrieval_table(repo, out, [3], ONE, world=TINY)
    (row,) = content['rows']
    assert 0 <= row['mean'] <= 1 and 0 < row['chance'] < 1
    found = json.loads(
        (out / 'seed3/results/frozen_mean_colour_toyvis.json').read_text()
    )
    truth = json.loads((out / 'seed3/world/pool_truth.json').read_text())
    shown = {clip['name']: clip for clip in truth['clips']}
    assert len(found['queries']) == TINY['num_queries']
    for query in found['queries']:
        clips = [shown[one['clip']] for one in query['supports']]
        assert len({clip['source'] for clip in clips}) == len(clips) == 5
        for one, clip in zip(query['supports'], clips):
            wanted = query['category_id'] in clip['category_ids']
            assert one['is_right'] == wanted
    assert (out / 'retrieval.md').read_text() == format_table(content)


def test_training_sees_no_label(out):
    """The folder of the data holds frames and the list file only."""
    data = out / 'seed3/data/toyvis_fewshot'
    assert sorted(one.name for one in data.iterdir()) == ['pool', 'pool.csv']
    assert (data / 'pool').resolve() == out / 'seed3/world/pool'
    assert not list((data / 'pool').resolve().rglob('*.json'))


def test_the_same_command_keeps_what_is_there(repo, out):
    index = out / 'seed3/index/frozen_mean_colour_toyvis/pool'
    before = (index / 'vectors.float32').stat().st_mtime_ns
    results = out / 'seed3/results'
    text = (results / 'frozen_mean_colour_toyvis.json').read_text()
    shutil.rmtree(results)
    run_retrieval_table(repo, out, [3], ONE, world=TINY)
    assert (index / 'vectors.float32').stat().st_mtime_ns == before
    assert (results / 'frozen_mean_colour_toyvis.json').read_text() == text
