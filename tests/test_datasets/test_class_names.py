"""Labels follow names."""

import pytest
from mmdet.datasets import YouTubeVISDataset

from mmselfshot.datasets.class_names import (
    CLASS_NAMES,
    match_categories,
    resolve_class_names,
)
from mmselfshot.utils import UserError

CATEGORIES = [
    {'id': 9, 'name': 'cat'},
    {'id': 2, 'name': 'dog'},
    {'id': 5, 'name': 'Giant_panda'},
]


@pytest.mark.parametrize(
    ('name', 'number', 'first', 'last'),
    [
        ('ytvis19', 40, 'person', 'tennis_racket'),
        ('ytvis21', 40, 'airplane', 'zebra'),
        ('ovis', 25, 'Person', 'Vehical'),
    ],
)
def test_official_sets(name, number, first, last):
    names = CLASS_NAMES[name]
    assert len(set(names)) == len(names) == number
    assert (names[0], names[-1]) == (first, last)


def test_asking_for_names_leaves_mmdet_alone():
    before = YouTubeVISDataset.METAINFO
    assert resolve_class_names('ytvis19') != resolve_class_names('ytvis21')
    assert before is YouTubeVISDataset.METAINFO


def test_unknown_set_is_refused():
    with pytest.raises(UserError, match=r"'ytvis20'.*ytvis19"):
        resolve_class_names('ytvis20')


def test_order_is_that_of_the_names():
    names, cat_ids = match_categories(CATEGORIES, ('dog', 'cat'), 'f')
    assert names == ('dog', 'cat')
    assert cat_ids == (2, 9)


def test_without_names_the_ids_give_the_order():
    names, cat_ids = match_categories(CATEGORIES, None, 'f')
    assert names == ('dog', 'Giant_panda', 'cat')
    assert cat_ids == (2, 5, 9)


def test_missing_name_comes_with_the_nearest():
    with pytest.raises(UserError, match="nearest is 'Giant_panda'"):
        match_categories(CATEGORIES, ('cat', 'giant panda'), 'f')
    with pytest.raises(UserError, match=r"f has no category 'q'; its 3"):
        match_categories(CATEGORIES, ('q',), 'f')


def test_name_that_stands_twice_is_refused():
    twice = [*CATEGORIES, {'id': 1, 'name': 'cat'}]
    with pytest.raises(UserError, match=r'ids \[9, 1\]'):
        match_categories(twice, ('cat',), 'f')
