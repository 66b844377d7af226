"""The stream of draws: complete, shared by ranks, open at any place."""

from itertools import islice

import pytest

from mmselfshot.datasets.samplers import VideoTrainSampler


def make_sampler(length=7, rank=0, world_size=1, **kwargs):
    sampler = VideoTrainSampler(range(length), **{'seed': 3, **kwargs})
    sampler.rank, sampler.world_size = rank, world_size
    return sampler


def draws(sampler, number):
    return [index.seed_tuple for index in islice(sampler, number)]


def test_each_round_has_every_index_once_in_a_new_order():
    drawn = [int(index) for index in islice(make_sampler(), 21)]
    rounds = [drawn[:7], drawn[7:14], drawn[14:]]
    assert all(sorted(one) == list(range(7)) for one in rounds)
    assert len({tuple(one) for one in rounds}) == 3


def test_index_knows_position_and_seed():
    drawn = draws(make_sampler(), 9)
    assert [(seed, place) for seed, place, _ in drawn] == [
        (3, place) for place in range(9)
    ]


def test_order_hangs_on_the_seed_alone():
    assert draws(make_sampler(), 20) == draws(make_sampler(), 20)
    first = [index for *_, index in draws(make_sampler(20), 20)]
    assert first != [
        index for *_, index in draws(make_sampler(20, seed=4), 20)
    ]


def test_without_shuffling_the_order_is_that_of_the_data_set():
    drawn = list(islice(make_sampler(3, shuffle=False), 7))
    assert drawn == [0, 1, 2, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ('world_size', 'batch_size'), [(2, 2), (4, 1), (1, 4)]
)
def test_ranks_together_draw_what_one_process_draws(world_size, batch_size):
    """W ranks with b samples = one process with W*b = 4, step by step."""
    alone = draws(make_sampler(), 40)
    ranks = [
        draws(make_sampler(rank=rank, world_size=world_size), 10 * batch_size)
        for rank in range(world_size)
    ]
    for step in range(10):
        part = slice(step * batch_size, (step + 1) * batch_size)
        together = [one for rank in ranks for one in rank[part]]
        assert sorted(together) == sorted(alone[step * 4 : step * 4 + 4])


@pytest.mark.parametrize('num_drawn', [0, 1, 6, 7, 33])
def test_seek_goes_on_where_the_stream_was(num_drawn):
    whole = draws(make_sampler(rank=1, world_size=3), num_drawn + 10)
    sampler = make_sampler(rank=1, world_size=3)
    sampler.seek(num_drawn)
    assert draws(sampler, 10) == whole[num_drawn:]
    assert draws(sampler, 10) == whole[num_drawn:]  # a second iteration too


def test_seek_may_change_to_the_seed_of_a_checkpoint():
    sampler = make_sampler(seed=8)
    draws(sampler, 3)
    sampler.seek(5, seed=3)
    assert draws(sampler, 10) == draws(make_sampler(), 15)[5:]


def test_length_is_one_round_of_this_rank():
    assert len(make_sampler(7)) == 7
    assert len(make_sampler(7, world_size=2)) == 4


def test_unseeded_samplers_take_a_seed():
    assert isinstance(make_sampler(seed=None).seed, int)
