"""Two processes learn as one process with both batches."""

import copy
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from tiny_retriever import MOCO, RANKING, crops
from torch.nn.parallel import DistributedDataParallel

from mmselfshot.registry import MODELS

pytestmark = pytest.mark.dist

CONFIGS = (
    dict(RANKING, loss=dict(type='RankingLoss')),
    dict(RANKING, loss=dict(type='MILNCELoss')),
    MOCO,
)
STEPS = 2


def batch_of(cfg, step):
    torch.manual_seed(step)
    num_frames = cfg['encoder']['num_frames']
    pixels, video_ids = crops(4, 2, num_frames)
    return pixels, video_ids + 10 * step


def learn(cfg, rank=0, world_size=1):
    """Losses, gradients of the last step, and the state after it."""
    torch.manual_seed(0)
    model = MODELS.build(copy.deepcopy(cfg)).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapped = model
    if world_size > 1:
        wrapped = DistributedDataParallel(model, broadcast_buffers=False)
    losses = []
    for step in range(STEPS):
        batch = (part.chunk(world_size)[rank] for part in batch_of(cfg, step))
        loss = wrapped(*batch, mode='loss')['loss_retrieval']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.move_average()
        losses.append(loss.item())
    return losses, model.state_dict()


def work(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=2
    )
    torch.save([learn(cfg, rank, 2) for cfg in CONFIGS], f'{folder}/{rank}')
    dist.barrier()
    dist.destroy_process_group()


@pytest.fixture(scope='module')
def on_two_ranks(tmp_path_factory):
    """What both ranks came to; one start, as it is slow."""
    folder = str(tmp_path_factory.mktemp('ranks'))
    mp.spawn(work, (folder,), nprocs=2)
    return [torch.load(Path(folder) / str(rank)) for rank in (0, 1)]


@pytest.mark.parametrize('number', range(len(CONFIGS)))
def test_losses_and_states_are_those_of_one_process(on_two_ranks, number):
    """The mean of the ranks' losses; queue, average and weights alike."""
    losses, state = learn(CONFIGS[number])
    (first, mine), (second, other) = (one[number] for one in on_two_ranks)
    mean = [(a + b) / 2 for a, b in zip(first, second)]
    assert mean == pytest.approx(losses, rel=1e-4, abs=1e-5)
    for name, expected in state.items():
        assert torch.equal(mine[name], other[name]), name
        torch.testing.assert_close(
            mine[name], expected, rtol=1e-3, atol=1e-5, msg=name
        )
