"""Votes of neighbours."""

import math

import pytest
import torch

from mmselfshot.evaluation.nearest_neighbours import (
    neighbour_accuracy,
    vote_of_neighbours,
)


def at(*degrees):
    angles = torch.tensor(degrees, dtype=torch.float32) * math.pi / 180
    return torch.stack([angles.cos(), angles.sin()], 1)


def test_near_neighbours_weigh_more():
    """Of the query at 0: one at 0 of kind 1, two at 60 of kind 0.

    exp(1 / 0.07) beats 2 exp(0.5 / 0.07); equal weights would not.
    """
    train, labels = at(0, 60, -60), torch.tensor([1, 0, 0])
    assert vote_of_neighbours(train, labels, at(0)).tolist() == [1]


def test_only_k_neighbours_vote():
    """Two at 10 degrees outvote one at 8, unless it votes alone."""
    train, labels = at(8, 10, -10), torch.tensor([1, 0, 0])
    assert vote_of_neighbours(train, labels, at(0), k=3).tolist() == [0]
    assert vote_of_neighbours(train, labels, at(0), k=1).tolist() == [1]


def test_length_of_features_is_no_matter():
    train, labels = at(0, 90), torch.tensor([0, 1])
    train[1] *= 50
    assert vote_of_neighbours(train, labels, at(10, 80)).tolist() == [0, 1]


def test_accuracy_is_the_share_named_rightly():
    train = at(0, 90), torch.tensor([0, 1])
    asked = at(5, 85, 2, 88), torch.tensor([0, 1, 1, 1])
    assert neighbour_accuracy(train, asked) == pytest.approx(0.75)
