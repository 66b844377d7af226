"""Precision, recall and purity of retrieved clips, by hand."""

from itertools import permutations

import numpy as np
import pytest

from mmselfshot.evaluation.retrieval_metrics import (
    first_of_each_source_order,
    precision_at_k,
    random_precision,
    recall_against_exact,
    support_class_purity,
)


def test_precision_is_averaged_over_queries_and_over_classes():
    """Class a: 1 and 1/2; class b: 0."""
    rows = [[True, True, False], [False, True, True], [False, False]]
    result = precision_at_k(rows, ['a', 'a', 'b'], k=2)
    assert result.by_query.tolist() == [1.0, 0.5, 0.0]
    assert result.mean == pytest.approx(0.5)
    assert result.by_class == {'a': 0.75, 'b': 0.0}
    assert result.class_mean == pytest.approx(0.375)


def test_missing_hits_are_wrong():
    assert precision_at_k([[True]], ['a'], k=5).mean == pytest.approx(0.2)
    assert precision_at_k([[]], ['a'], k=5).mean == 0


@pytest.mark.parametrize(
    'rows, classes, k', [([], [], 1), ([[True]], [], 1), ([[True]], ['a'], 0)]
)
def test_nothing_to_measure_is_named(rows, classes, k):
    with pytest.raises(ValueError, match='expected one class for each'):
        precision_at_k(rows, classes, k)


def test_recall_counts_neighbours_not_queries():
    """3 of 4 exact neighbours are found; the order does not matter."""
    exact = [[1, 2, 3], [4]]
    assert recall_against_exact([[3, 1, 9], [4]], exact) == 0.75
    assert recall_against_exact(exact, exact) == 1
    with pytest.raises(ValueError, match='0 exact'):
        recall_against_exact([[1]], [[]])


def test_purity_is_the_share_of_the_commonest_class():
    assert support_class_purity([{1, 2}, {2}, {3}]) == pytest.approx(2 / 3)
    assert support_class_purity([]) == 0
    assert support_class_purity([set(), set()]) == 0


def test_one_hit_of_each_source():
    order = [3, 2, 0, 1]
    assert first_of_each_source_order(order, 'abba', 2) == [3, 2]
    assert first_of_each_source_order(order, 'aabb', 3) == [3, 0]


def by_all_orders(right, sources, k):
    """Mean over every order of the clips."""
    values = []
    for order in permutations(range(len(right))):
        hits = first_of_each_source_order(order, sources, k)
        values.append(sum(right[hit] for hit in hits) / k)
    return np.mean(values)


@pytest.mark.parametrize('k', [1, 2, 3, 4])
@pytest.mark.parametrize('sources', ['aabbcc', 'abbccc', 'aaaabc'])
def test_chance_level_is_that_of_all_orders(sources, k):
    right = [True, False, True, False, False, True]
    assert random_precision(right, k, sources) == pytest.approx(
        by_all_orders(right, sources, k), abs=1e-9
    )


def test_chance_level_without_sources_is_the_share_of_right_clips():
    assert random_precision([True] + [False] * 3, 2) == 0.25
    assert random_precision([True, False], 4) == 0.25  # two of four missing
    with pytest.raises(ValueError, match='0 clips'):
        random_precision([], 1)


def test_chance_level_of_equal_sources_is_the_share_of_right_clips():
    right = np.arange(3000) % 40 == 0
    sources = np.arange(3000) // 5
    assert random_precision(right, 5, sources) == pytest.approx(
        1 / 40, rel=1e-9
    )


def test_a_huge_source_does_not_hide_small_ones():
    """Of k = 2, the huge source is nearly always one, any other the rest."""
    right = np.array([False] * 100_000 + [True, False])
    sources = [0] * 100_000 + [1, 2]
    assert random_precision(right, 2, sources) == pytest.approx(0.25, abs=1e-4)
