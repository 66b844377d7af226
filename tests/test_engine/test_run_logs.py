"""Curves of interrupted runs are put together and laid out."""

import json

import pytest

from mmselfshot.engine.run_logs import (
    choose_keys,
    format_table,
    plot_curves,
    read_curves,
)
from mmselfshot.utils import UserError


@pytest.fixture
def run(tmp_path):
    """Iterations 1 to 3, then a resumed part from 3 on."""
    parts = {
        '20260101_000000': [(1, 9.0), (2, 7.0), (3, 5.0)],
        '20260102_000000': [(3, 5.5), (4, 6.0)],
    }
    for name, points in parts.items():
        folder = tmp_path / 'run' / name / 'vis_data'
        folder.mkdir(parents=True)
        lines = [
            json.dumps({'loss': loss, 'iter': step, 'step': step})
            for step, loss in points
        ]
        lines.append(json.dumps({'vis/AP50': 0.25, 'step': points[-1][0]}))
        (folder / 'scalars.json').write_text('\n'.join(lines))
    return tmp_path / 'run'


def test_parts_are_joined_and_the_later_counts(run):
    curves = read_curves(run)
    assert curves['loss'] == [(1, 9.0), (2, 7.0), (3, 5.5), (4, 6.0)]
    assert curves['vis/AP50'] == [(3, 0.25), (4, 0.25)]
    assert set(curves) == {'loss', 'vis/AP50'}


def test_table_by_hand(run):
    runs = {'a': read_curves(run)}
    keys = choose_keys(runs, ['loss'])
    head, row = format_table(runs, keys).splitlines()
    assert head.split() == [
        *('run', 'key', 'points', 'first', 'last', 'least', 'greatest')
    ]
    assert row.split() == ['a', 'loss', '4', '9', '@1', '6', '@4'] + [
        *('5.5', '@3', '9', '@1')
    ]


def test_usual_keys_are_chosen_where_they_exist(run):
    assert choose_keys({'a': read_curves(run)}, []) == ['loss', 'vis/AP50']


def test_mistakes_are_named(run, tmp_path):
    with pytest.raises(UserError, match="logged 'lss'; choose from loss"):
        choose_keys({'a': read_curves(run)}, ['lss'])
    with pytest.raises(UserError, match=r'no scalars\.json'):
        read_curves(tmp_path / 'nowhere')
    (tmp_path / 'x.json').write_text('[1]\n')
    with pytest.raises(UserError, match='line 1 is no log entry'):
        read_curves(tmp_path / 'x.json')


def test_picture_is_written(run, tmp_path):
    from PIL import Image

    curves = {'a': read_curves(run)}
    plot_curves(curves, ['loss', 'vis/AP50'], tmp_path / 'c.png')
    with Image.open(tmp_path / 'c.png') as picture:
        assert picture.size == (840, 720)
