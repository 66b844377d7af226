"""Files of supports of each kind: what is in them, the same twice."""

import json

import pytest
import torch
from tool_here import mistake_of_tool, output_of_tool

from mmselfshot.apis.support_file_kinds import KINDS, make_support_file
from mmselfshot.apis.support_files import write_support_file
from mmselfshot.datasets.support_pairs import SupportPair, read_support_pairs
from mmselfshot.retrieval import ClipRecord, FlatIndex
from mmselfshot.utils import UserError, write_json

NUM = 24  # clips, three of a source; every second source shows kind 7
TOOL = 'dataset_tools/make_support_files.py'


def angle(degrees):
    angle = torch.tensor(degrees, dtype=torch.float32).deg2rad()
    return torch.stack([angle.cos(), angle.sin()], 1)


@pytest.fixture
def place(tmp_path):
    """A pool on a quarter circle, two queries at its ends, the truth."""
    names = [f'c{i:02d}' for i in range(NUM)]
    sources = [f's{i // 3}' for i in range(NUM)]
    rows = [f'{name},,,{one}' for name, one in zip(names, sources)]
    (tmp_path / 'pool.csv').write_text('\n'.join(rows))
    right = names[::6]
    pairs = [
        SupportPair(1, 'q0', (7,), tuple(right)),
        SupportPair(2, 'q1', (7,), tuple(right[::-1])),
    ]
    write_support_file(tmp_path / 'pairs.json', pairs, {'seed': 0})
    clips = [
        {
            'name': name,
            'source': source,
            'category_ids': [7] if int(source[1:]) % 2 == 0 else [8],
            'target_ids': [],
            'scene': '',
        }
        for name, source in zip(names, sources)
    ]
    write_json(tmp_path / 'truth.json', {'clips': clips})
    index = FlatIndex.create(tmp_path / 'index/pool', 'one', 2)
    index.add(
        angle([i * 90.0 / NUM for i in range(NUM)]),
        [ClipRecord(*one, 0, 1) for one in zip(names, sources)],
    )
    index = FlatIndex.create(tmp_path / 'index/queries', 'one', 2)
    index.add(
        angle([0.0, 89.0]),
        [ClipRecord(name, name, 0, 1) for name in ('q0', 'q1')],
    )
    return tmp_path


def make(place, kind, name='out.json', k=4, **changes):
    given = {
        'random': {'pool': place / 'pool.csv'},
        'wrong': {
            'pool': place / 'pool.csv',
            'pool_truth': place / 'truth.json',
        },
        'retrieved': {'index': place / 'index'},
        'semi': {'index': place / 'index', 'num_given': 1},
        'mixed': {
            'pool': place / 'pool.csv',
            'pool_truth': place / 'truth.json',
            'num_given': 2,
        },
    }
    given = given[kind] | changes
    lines = list(
        make_support_file(kind, place / 'pairs.json', place / name, k, **given)
    )
    assert lines[-1].endswith(f'2 pairs of up to {k} supports')
    return read_support_pairs(place / name)


def is_right(name):
    return int(name[1:]) // 3 % 2 == 0


@pytest.mark.parametrize('kind', KINDS)
def test_two_runs_are_equal_and_fewer_are_a_prefix(place, kind):
    four = make(place, kind, 'a.json')
    make(place, kind, 'b.json')
    assert (place / 'a.json').read_bytes() == (place / 'b.json').read_bytes()
    three = make(place, kind, k=3)
    assert [one.supports for one in three] == [
        one.supports[:3] for one in four
    ]
    for pair in four:
        sources = {int(name[1:]) // 3 for name in pair.supports}
        assert len(sources) == len(pair.supports) == 4
    settings = json.loads((place / 'a.json').read_text())['settings']
    assert settings['kind'] == kind and settings['k'] == 4


def test_wrong_clips_show_no_target_and_mixed_start_right(place):
    for pair in make(place, 'wrong'):
        assert not any(map(is_right, pair.supports))
    for pair in make(place, 'mixed'):
        right = [is_right(name) for name in pair.supports]
        assert right == [True, True, False, False]
    assert {
        is_right(name)
        for pair in make(place, 'random', k=8)
        for name in pair.supports
    } == {True, False}


def test_retrieved_clips_are_near_and_given_ones_help(place):
    near, far = make(place, 'retrieved')
    assert near.supports == ('c00', 'c03', 'c06', 'c09')
    assert far.supports == ('c23', 'c20', 'c17', 'c14')
    # between 0 degrees and c18, at 67.5: 33.75 degrees, that is c09
    pairs = [SupportPair(1, 'q0', (7,), ('c18',))]
    write_support_file(place / 'pairs.json', pairs, {})
    list(
        make_support_file(
            *('semi', place / 'pairs.json', place / 'out.json', 2),
            index=place / 'index',
            num_given=1,
        )
    )
    (pair,) = read_support_pairs(place / 'out.json')
    assert pair.supports == ('c18', 'c09')


def test_what_a_kind_needs_is_asked_for(place):
    with pytest.raises(UserError, match='kind wrong needs --pool-truth'):
        make(place, 'wrong', pool_truth=None)
    with pytest.raises(UserError, match='retrieved does not use --pool;'):
        make(place, 'retrieved', pool=place / 'pool.csv')
    with pytest.raises(UserError, match=r'no .*/no/pool; make the indexes'):
        make(place, 'retrieved', index=place / 'no')
    with pytest.raises(UserError, match='0 supports per query'):
        make(place, 'random', k=0)
    assert not (place / 'out.json').exists()


def test_indexes_of_two_encoders_are_refused(place):
    other = FlatIndex.create(place / 'other/queries', 'two', 2)
    other.add(angle([0.0]), [ClipRecord('q0', 'q0', 0, 1)])
    (place / 'other/pool').symlink_to(place / 'index/pool')
    with pytest.raises(UserError, match='was made by encoder two'):
        make(place, 'retrieved', index=place / 'other')


def test_the_tool_says_what_it_did(place, monkeypatch, capsys):
    words = 'pairs.json', '--k', 20, '--out', 'short.json'
    said = output_of_tool(
        *(monkeypatch, capsys, place, TOOL, 'random', *words),
        *('--pool', 'pool.csv'),
    )
    assert 'read pool.csv: 24 clips' in said
    assert '2 queries have fewer than 20 supports: q0, q1' in said
    assert len(read_support_pairs(place / 'short.json', 20)) == 2
    line = mistake_of_tool(monkeypatch, capsys, place, TOOL, 'oracle', *words)
    assert "kind 'oracle'; expected one of random, wrong" in line
