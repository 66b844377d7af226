"""Supports that are drawn in training."""

import random

import pytest

from mmselfshot.datasets.training_supports import TrainingSupports


def record(name, targets, shown=(), source=None):
    return {
        'name': name,
        'source': source or name,
        'category_ids': list(targets),
        'shown_ids': frozenset([*targets, *shown]),
    }


QUERY = record('query', [1], shown=[2])


@pytest.mark.parametrize('seed', range(5))
def test_support_shows_nothing_else_of_the_query_where_one_is_left(seed):
    """`mixed` shows class 2 as the query does, `alone` class 3."""
    mixed, alone = record('mixed', [1], [2]), record('alone', [1], [3])
    drawer = TrainingSupports([QUERY, mixed, alone])
    draw = random.Random(seed)
    assert drawer.draw(QUERY, 1, draw) == ([1], ['alone'])
    assert sorted(drawer.draw(QUERY, 2, draw)[1]) == ['alone', 'mixed']


def test_own_source_is_no_support_and_the_rest_comes_again():
    own = record('own', [1], source='query')
    other = record('other', [1])
    drawer = TrainingSupports([QUERY, own, other])
    found = drawer.draw(QUERY, 3, random.Random(0))
    assert found == ([1], ['other'] * 3)


def test_targets_take_turns():
    query = record('query', [1, 2])
    others = [record('a', [1]), record('b', [2]), record('c', [1])]
    drawer = TrainingSupports([query, *others])
    targets, names = drawer.draw(query, 3, random.Random(0))
    assert targets == [1, 2]
    assert names[1] == 'b' and {names[0], names[2]} == {'a', 'c'}
    assert drawer.supported(record('new', [1, 5])) == [1]


def test_wrong_supports_show_nothing_of_the_query():
    """The first of a target is right; of the rest, about the chance."""
    right = [record(f'right{k}', [1], [9]) for k in range(8)]
    wrong = [record(f'wrong{k}', [3 + k % 2]) for k in range(8)]
    near = [record('near', [3], [2]), record('too_near', [4], [1])]
    drawer = TrainingSupports([QUERY, *right, *wrong, *near], wrong_prob=0.5)
    draw = random.Random(0)
    count = 0
    for _ in range(200):
        targets, names = drawer.draw(QUERY, 4, draw)
        assert targets == [1]
        assert names[0].startswith('right') and len(set(names)) == 4
        assert all(one[:5] in ('right', 'wrong') for one in names)
        count += sum(one.startswith('wrong') for one in names)
    assert 240 < count < 360


def test_where_no_wrong_support_is_left_it_is_a_right_one():
    other = record('other', [1], [2])
    drawer = TrainingSupports([QUERY, other], wrong_prob=1)
    assert drawer.draw(QUERY, 2, random.Random(0))[1] == ['other'] * 2
