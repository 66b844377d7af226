"""Greedy matching by score."""

import numpy as np
import pytest

from mmselfshot.evaluation.vis_matching import match_group, match_tracks


def _match(ious, ignored=None, crowd=None, thrs=(0.5,)):
    ious = np.array(ious, dtype=float)
    num_objects = ious.shape[1]
    ignored = np.zeros(num_objects, bool) if ignored is None else ignored
    crowd = np.zeros(num_objects, bool) if crowd is None else crowd
    return match_tracks(
        ious,
        np.array([ignored], dtype=bool),
        np.array(crowd, dtype=bool),
        np.array(thrs),
    )[0].tolist()


def test_first_takes_its_best_and_the_second_what_is_left():
    assert _match([[0.6, 0.9], [0.7, 0.95]]) == [[1, 0]]


def test_each_threshold_has_matches_of_its_own():
    """Above .65 the first prediction cannot take object 0."""
    found = _match([[0.65, 0], [0.9, 0.55]], thrs=(0.5, 0.7))
    assert found == [[0, 1], [-1, 0]]


def test_equal_to_the_threshold_matches():
    assert _match([[0.5]]) == [[0]]
    assert _match([[1.0]], thrs=(1.0,)) == [[0]]
    assert _match([[np.nextafter(0.5, 0)]]) == [[-1]]


def test_later_of_equal_objects_is_taken():
    assert _match([[0.8, 0.8, 0.8], [0.8, 0.8, 0.8]]) == [[2, 1]]


def test_object_that_counts_goes_before_a_better_ignored_one():
    assert _match([[0.6, 0.9]], ignored=[False, True]) == [[0]]


def test_ignored_object_is_used_once_but_a_crowd_again_and_again():
    three = [[0.9], [0.8], [0.7]]
    assert _match(three, ignored=[True]) == [[0, -1, -1]]
    assert _match(three, ignored=[True], crowd=[True]) == [[0, 0, 0]]


@pytest.mark.parametrize('shape', [(0, 0), (0, 2), (2, 0)])
def test_nothing_to_match(shape):
    assert _match(np.zeros(shape)) == [[-1] * shape[0]]


def test_sizes_decide_what_counts():
    """A small object and an unmatched large track, ranges all/s/m/l."""
    matches = match_group(
        np.array([[0.9], [0.1]]),
        np.array([0.8, 0.7]),
        areas=np.array([100.0, 300.0**2]),
        true_areas=np.array([128.0**2]),
        is_crowd=np.array([False]),
    )
    # 128^2 belongs to small and to medium
    assert matches.num_objects.tolist() == [1, 1, 1, 0]
    assert matches.is_matched[:, 0].tolist() == [[True, False]] * 4
    assert matches.is_ignored[:, 0].tolist() == [
        [False, False],
        [False, True],
        [False, True],
        [True, False],
    ]
