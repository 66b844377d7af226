"""Paired differences over seeds and videos."""

import numpy as np
import pytest

from mmselfshot.evaluation.paired import paired_difference


def test_difference_of_means_by_hand():
    """Groups differ by 1 and by 3 on average."""
    found = paired_difference([[1, 3], [5]], [[0, 2], [2]], np.mean)
    assert found.mean == 2
    assert (found.num_groups, found.num_videos) == (2, 3)


def test_interval_of_fixed_groups_is_that_of_the_mean():
    """Differences of 200 videos: mean +- 1.96 standard errors."""
    rng = np.random.default_rng(1)
    second = rng.normal(10, 5, 200)
    first = second + rng.normal(1, 2, 200)
    found = paired_difference(
        [first], [second], np.mean, num_draws=4000, draw_groups=False
    )
    error = 1.96 * (first - second).std() / 200**0.5
    assert found.low == pytest.approx(found.mean - error, abs=0.03)
    assert found.high == pytest.approx(found.mean + error, abs=0.03)


def test_groups_that_disagree_widen_the_interval():
    """Each video of group 1 gains 1, of group 2 loses 1."""
    first, second = [[2.0] * 9, [1.0] * 9], [[1.0] * 9, [2.0] * 9]
    fixed = paired_difference(first, second, np.mean, draw_groups=False)
    assert (fixed.low, fixed.high) == (0, 0)
    drawn = paired_difference(first, second, np.mean)
    assert (drawn.low, drawn.high) == (-1, 1)


def test_as_many_groups_are_drawn_as_there_are():
    """One of four gains 1: 3 of 4 draws of it are rarer than 2.5 %.

    With chances of .316, .422, .211, .047 and .004 of 0 to 4 such draws, the
    97.5 % quantile is 3 / 4.
    """
    first, second = [[1.0]] + [[0.0]] * 3, [[0.0]] * 4
    found = paired_difference(first, second, np.mean, num_draws=4000)
    assert (found.mean, found.low, found.high) == (0.25, 0, 0.75)


def test_same_seed_same_interval():
    values = [[1.0, 4.0, 2.0]], [[0.0, 4.0, 1.0]]
    assert paired_difference(*values, np.mean) == paired_difference(
        *values, np.mean
    )


def test_draws_in_which_nothing_counts_are_left_out():
    """A statistic of -1, as AP without objects, is no value."""

    def share(videos):
        return -1 if all(v == 0 for v in videos) else np.mean(videos)

    found = paired_difference([[0, 2]], [[0, 1]], share)
    assert found.low > 0


def test_without_a_draw_that_counts_there_is_no_interval():
    """AP without any object: neither a difference nor bounds."""
    found = paired_difference([[1, 2]], [[0, 1]], lambda videos: -1, 20)
    assert np.isnan([found.mean, found.low, found.high]).all()
    assert found.num_videos == 2


@pytest.mark.parametrize(
    'groups', [([], []), ([[1]], [[1, 2]]), ([[]], [[]]), ([[1]], [])]
)
def test_groups_must_be_the_same(groups):
    with pytest.raises(ValueError, match='expected the same'):
        paired_difference(*groups, np.mean)
