"""Spherical k-means and the prototype memory, by hand."""

import numpy as np
import pytest
from tiny_candidates import make_table

from mmselfshot.labelling.prototype_memory import (
    PrototypeMemory,
    count_prototypes,
    spherical_kmeans,
)
from mmselfshot.utils import UserError


def on_circle(*degrees):
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


@pytest.mark.parametrize('seed', range(5))
def test_two_bundles_are_found_whatever_the_start(seed):
    """Means of 0, 10, 20 and of 90, 110 degrees: 10 and 100 degrees."""
    points = on_circle(0, 10, 20, 90, 110)
    found = spherical_kmeans(points, 2, np.random.default_rng(seed))
    angles = np.rad2deg(np.arctan2(found[:, 1], found[:, 0]))
    assert sorted(angles) == pytest.approx([10, 100])


def test_one_prototype_is_the_direction_of_the_mean():
    """(1, 0) + (0, 1) point to 45 degrees, and lengths do not matter."""
    found = spherical_kmeans(on_circle(0, 90), 1, np.random.default_rng(0))
    assert found == pytest.approx(on_circle(45))


def test_order_of_the_points_decides_nothing_but_the_draw():
    points = on_circle(0, 4, 8, 120, 124, 240, 246)
    one = spherical_kmeans(points, 3, np.random.default_rng(1))
    other = spherical_kmeans(points[::-1], 3, np.random.default_rng(2))
    key = one[:, 0] * 10 + one[:, 1]
    other_key = other[:, 0] * 10 + other[:, 1]
    assert one[key.argsort()] == pytest.approx(other[other_key.argsort()])


def test_fewer_different_points_than_prototypes():
    points = on_circle(30, 30, 30, 60)
    found = spherical_kmeans(points, 4, np.random.default_rng(0))
    assert len(found) == 2
    with pytest.raises(ValueError, match='no point'):
        spherical_kmeans(points[:0], 2, np.random.default_rng(0))


def test_opposite_points_leave_the_prototype_where_it_is():
    """Their mean has no direction."""
    found = spherical_kmeans(on_circle(0, 180), 1, np.random.default_rng(0))
    assert np.abs(found[0]) == pytest.approx([1, 0])


def test_no_iteration_gives_the_beginnings():
    points = on_circle(0, 50, 100)
    found = spherical_kmeans(points, 3, np.random.default_rng(0), 0)
    assert np.sort(found, 0) == pytest.approx(np.sort(points, 0))


@pytest.mark.parametrize(
    ('samples', 'prototypes'),
    [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (59, 5), (1000, 5)],
)
def test_number_of_prototypes_follows_the_samples(samples, prototypes):
    assert count_prototypes(samples) == prototypes


def test_never_as_many_prototypes_as_samples():
    """Then every sample would be its own and none would be dropped."""
    assert count_prototypes(1, min_samples=1) == 1
    assert count_prototypes(12, max_prototypes=50) == 1


def test_far_features_are_dropped_and_small_classes_passed():
    """Ten cats at 0 degrees, one at 80: the mean is at most 8 degrees off,
    so it has a cosine of about cos 73 degrees = .29 to it. Two dogs are too
    few to be judged."""
    degrees = [0] * 10 + [80, 0, 170]
    number = len(degrees)
    table = make_table(
        mask_score=[0.9] * number,
        prob=[0.9] * 11 + [0.1] * 2,
        features=on_circle(*degrees),
    )
    report = PrototypeMemory(tau=0.7)(table)
    assert table.reason.tolist() == [''] * 10 + ['prototype', '', '']
    assert report.passed == ['dog']
    assert report.before.tolist() == [11, 2]
    assert report.after.tolist() == [10, 2]
    mean = np.array([10 + np.cos(np.deg2rad(80)), np.sin(np.deg2rad(80))])
    mean /= np.linalg.norm(mean)
    similarity = table.extra['prototype_similarity']
    assert similarity[0] == pytest.approx(mean[0])
    assert similarity[10] == pytest.approx(mean @ on_circle(80)[0], abs=1e-6)
    assert np.isnan(similarity[11:]).all()


def test_dropped_candidates_make_no_prototype():
    """Ten wrong ones at 90 degrees would be a prototype of their own."""
    table = make_table(
        mask_score=[0.9] * 30,
        features=on_circle(*[0] * 20, *[90] * 10),
    )
    table.drop(np.arange(20, 29), 'mask score')
    PrototypeMemory(max_prototypes=1)(table)
    assert table.reason[29] == 'prototype'
    assert table.is_kept[:20].all()


def test_candidates_without_features_are_refused():
    table = make_table(mask_score=[0.9], features=np.zeros((1, 0)))
    with pytest.raises(UserError, match='set a namer'):
        PrototypeMemory()(table)
    with pytest.raises(UserError, match='expected a cosine'):
        PrototypeMemory(tau=2)
