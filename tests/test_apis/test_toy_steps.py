"""Steps that are skipped when their result is there."""

import pytest

from mmselfshot.apis.toy_steps import ToySteps, format_columns
from mmselfshot.utils import UserError, read_json

TOOL = """
import os, sys
from pathlib import Path
out = Path(sys.argv[sys.argv.index('--out') + 1])
out.mkdir(parents=True, exist_ok=True)
(out / 'results.json').write_text('[]')
with open(os.environ['MMSELFSHOT_DATA'] + '/calls', 'a') as file:
    file.write(' '.join(sys.argv[2:]) + chr(10))
sys.exit(int('fail=1' in sys.argv))
"""


@pytest.fixture
def steps(tmp_path):
    """A repo with a tool that notes how it was called."""
    repo = tmp_path / 'repo'
    (repo / 'tools').mkdir(parents=True)
    (repo / 'tools/test.py').write_text(TOOL)
    (repo / 'config.py').write_text('fail = 0\n')
    (tmp_path / 'out/data').mkdir(parents=True)
    (tmp_path / 'weights.pth').write_text('first')
    lines = []
    made = ToySteps(repo, tmp_path / 'out', tmp_path / 'log', lines.append)
    made.lines = lines
    return made


def calls_of(steps) -> list[str]:
    path = steps.out / 'data/calls'
    return path.read_text().splitlines() if path.exists() else []


def predict(steps, tmp_path, options=()):
    weights = tmp_path / 'weights.pth'
    return steps.test('config.py', weights, 'row', options)


def test_step_is_done_once(steps, tmp_path):
    for _ in range(2):
        results = predict(steps, tmp_path)
    assert results == steps.out / 'row/results.json'
    assert len(calls_of(steps)) == 1
    assert steps.lines == [f'{steps.out / "row"} is there already']


def test_other_input_does_it_again(steps, tmp_path):
    predict(steps, tmp_path)
    (tmp_path / 'weights.pth').write_text('second')
    predict(steps, tmp_path)
    (steps.repo / 'config.py').write_text('fail = 0\nmore = 1\n')
    predict(steps, tmp_path)
    (steps.out / 'row/results.json').unlink()
    predict(steps, tmp_path)
    assert len(calls_of(steps)) == 4


def test_failed_step_is_one_line_and_is_done_again(steps, tmp_path):
    with pytest.raises(UserError, match=r'status 1, see .*log; the same'):
        predict(steps, tmp_path, ['fail=1'])
    assert not (steps.out / 'row/step.json').exists()
    predict(steps, tmp_path)
    assert len(calls_of(steps)) == 2


def test_seconds_hold_those_of_skipped_steps(steps, tmp_path):
    predict(steps, tmp_path)
    spent = read_json(steps.out / 'row/step.json')['seconds']
    again = ToySteps(steps.repo, steps.out, steps.log, print)
    before = again.seconds
    predict(again, tmp_path)
    assert again.seconds > before + spent > spent


def test_columns_by_hand():
    text = format_columns('world', {'one': {'AP': 0.5}}, [('AP', 'AP')])
    assert text.splitlines() == [
        '',
        'world' + ' ' * 25 + '       one',
        'AP' + ' ' * 28 + '     0.500',
    ]
