"""A sample's randomness is its own."""

import pickle
import random

import numpy as np
import pytest
import torch

from mmselfshot.datasets.randomness import SampleIndex, isolated_randomness


def draw():
    return (
        random.random(),
        np.random.rand(),  # noqa: NPY002
        torch.rand(1).item(),
    )


def test_same_seeds_same_draws_whatever_was_before():
    with isolated_randomness((1, 2, 3)):
        first = draw()
    draw()
    with isolated_randomness((1, 2, 3)):
        assert draw() == first


@pytest.mark.parametrize('seeds', [(1, 2, 4), (1, 3, 2), (0, 2, 3)])
def test_other_seeds_other_draws(seeds):
    with isolated_randomness((1, 2, 3)):
        first = draw()
    with isolated_randomness(seeds):
        second = draw()
    assert all(a != b for a, b in zip(first, second))


def test_global_states_come_back_also_after_an_error():
    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    expected = draw()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    with pytest.raises(KeyError), isolated_randomness((7,)):
        draw()
        raise KeyError
    assert draw() == expected


def test_index_is_an_int_that_survives_pickling():
    index = pickle.loads(pickle.dumps(SampleIndex(4, position=9, seed=2)))
    assert isinstance(index, SampleIndex)
    assert index == 4
    assert [10, 11, 12, 13, 14][index] == 14
    assert index.seed_tuple == (2, 9, 4)


def test_index_within_a_part_keeps_the_draw():
    index = SampleIndex(7, position=9, seed=2)
    assert (index - 5).seed_tuple == (2, 9, 2)
    assert (index % 4).seed_tuple == (2, 9, 3)
