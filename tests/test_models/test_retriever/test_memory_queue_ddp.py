"""Two processes: equal queues, and each rank's place in the rows of all."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from mmselfshot.models.retriever.gather_rows import gather_rows
from mmselfshot.models.retriever.memory_queue import MemoryQueue

pytestmark = pytest.mark.dist

# keys of rank 0 and of rank 1 at each step; unequal, none, and a wrap
STEPS = [(2, 2), (3, 1), (0, 2), (0, 0), (4, 5)]
LENGTH = 7


def keys_of(step, rank):
    """Keys (n, 3) and ids that tell step, rank and row."""
    count = STEPS[step][rank]
    ids = 100 * step + 10 * rank + torch.arange(count)
    return ids[:, None] + torch.tensor([0.0, 0.25, 0.5]), ids


def work(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=2
    )
    queue, seen = MemoryQueue(LENGTH, 3), []
    for step in range(len(STEPS)):
        keys, ids = keys_of(step, rank)
        _, first = gather_rows(ids)
        queue.push(keys.requires_grad_(), ids)
        state = {k: v.clone() for k, v in queue.state_dict().items()}
        seen.append((first, state))
    try:
        queue.push(torch.zeros(1, 3), torch.tensor([-rank]))
        message = ''
    except ValueError as error:
        message = str(error)
    torch.save((seen, message), Path(folder) / f'{rank}.pth')
    dist.barrier()
    dist.destroy_process_group()


@pytest.fixture(scope='module')
def on_two_ranks(tmp_path_factory):
    """What both ranks saw after each step; one start, as it is slow."""
    folder = tmp_path_factory.mktemp('ranks')
    mp.spawn(work, (str(folder),), nprocs=2)
    return [torch.load(folder / f'{rank}.pth') for rank in (0, 1)]


def test_queues_of_both_ranks_are_equal(on_two_ranks):
    (first, _), (second, _) = on_two_ranks
    for (_, mine), (_, other) in zip(first, second):
        assert all(torch.equal(mine[name], other[name]) for name in mine)


def test_queue_is_that_of_one_process_with_both_batches(on_two_ranks):
    queue = MemoryQueue(LENGTH, 3)
    for step, (_, found) in enumerate(on_two_ranks[0][0]):
        parts = keys_of(step, 0), keys_of(step, 1)
        queue.push(*(torch.cat(both) for both in zip(*parts)))
        for name, expected in queue.state_dict().items():
            assert torch.equal(found[name], expected), (step, name)


def test_each_rank_knows_the_place_of_its_rows(on_two_ranks):
    (first, _), (second, _) = on_two_ranks
    assert [place for place, _ in first] == [0] * len(STEPS)
    assert [place for place, _ in second] == [count for count, _ in STEPS]


def test_mistake_of_one_rank_is_met_by_both(on_two_ranks):
    assert all('below 0' in message for _, message in on_two_ranks)
