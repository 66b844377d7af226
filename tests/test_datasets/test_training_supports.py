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
    # another clip of its own source does not support it
    own = record('own', [5], source='query')
    drawer = TrainingSupports([record('query', [1, 5]), *others, own])
    assert drawer.supported(record('query', [1, 5])) == [1]
