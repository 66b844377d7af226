"""Batches with one orientation, the same for any number of ranks."""

from itertools import islice

import pytest

from mmselfshot.datasets.samplers import (
    VideoAspectRatioBatchSampler,
    VideoTrainSampler,
)
from mmselfshot.datasets.video_records import SampleOutline
from mmselfshot.utils import UserError


class Outlines(list):
    @property
    def outline(self):
        return self


# every third video is high, one is square
DATA = Outlines(
    SampleOutline(i, 1, *((9, 16) if i % 3 == 0 else (16, 9)))
    for i in range(10)
)
DATA[9] = SampleOutline(9, 1, 9, 9)


def make_batches(batch_size, rank=0, world_size=1, **kwargs):
    sampler = VideoTrainSampler(DATA, seed=1)
    sampler.rank, sampler.world_size = rank, world_size
    return VideoAspectRatioBatchSampler(sampler, batch_size, **kwargs)


def take(batches, number):
    return [
        [index.seed_tuple for index in batch]
        for batch in islice(batches, number)
    ]


def test_batches_are_full_and_of_one_orientation():
    for batch in take(make_batches(4), 30):
        assert len(batch) == 4
        high = {index % 3 == 0 for *_, index in batch}
        assert len(high) == 1


def test_no_draw_is_lost_or_repeated():
    positions = [
        place for batch in take(make_batches(2), 100) for _, place, _ in batch
    ]
    assert len(set(positions)) == 200
    # at most one half-full group of each orientation is waiting
    assert len(set(range(max(positions) + 1)) - set(positions)) <= 2


@pytest.mark.parametrize(('world_size', 'batch_size'), [(2, 2), (4, 1)])
def test_ranks_together_make_the_steps_of_one_process(world_size, batch_size):
    alone = take(make_batches(4, group_size=batch_size), 12)
    ranks = [
        take(make_batches(batch_size, rank, world_size), 12)
        for rank in range(world_size)
    ]
    for step in range(12):
        together = [one for rank in ranks for one in rank[step]]
        assert together == alone[step]


@pytest.mark.parametrize('group_size', [1, 2, 4])
@pytest.mark.parametrize('num_batches', [0, 1, 13])
def test_seek_goes_on_where_the_stream_was(num_batches, group_size):
    kwargs = {'rank': 1, 'world_size': 2, 'group_size': group_size}
    whole = take(make_batches(4, **kwargs), num_batches + 5)
    batches = make_batches(4, **kwargs)
    batches.seek(4 * num_batches, seed=1)
    assert take(batches, 5) == whole[num_batches:]


def test_seek_into_a_batch_is_refused():
    with pytest.raises(UserError, match=r'5 samples .* batches of 2'):
        make_batches(2).seek(5)


def test_wrong_arguments_are_refused():
    with pytest.raises(UserError, match='group_size=3'):
        make_batches(4, group_size=3)
    with pytest.raises(UserError, match='type range'):
        VideoAspectRatioBatchSampler(range(3), 2)
