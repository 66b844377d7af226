"""Two processes: their mean loss is that of one process with all videos."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from mmselfshot.models.selfshot import SequenceSetLoss, SlotOutputs
from mmselfshot.structures.instance_sequences import InstanceSequences

pytestmark = pytest.mark.dist

NUM_INSTANCES = [(3, 1), (2, 0), (0, 0)]  # of rank 0 and rank 1, per step


def video(step, rank):
    """The outputs and instances of the one video of a rank."""
    draw = torch.Generator().manual_seed(10 * step + rank)
    outputs = SlotOutputs(
        torch.randn(2, 1, 2, 4, 2, generator=draw),
        torch.rand(2, 1, 2, 4, 4, generator=draw),
        torch.randn(1, 4, 2, 3, 3, generator=draw),
    )
    shape = NUM_INSTANCES[step][rank], 2, 3, 3
    masks = torch.rand(shape, generator=draw) > 0.3
    return outputs, InstanceSequences.from_masks(masks)


def work(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=2
    )
    found = []
    for step in range(len(NUM_INSTANCES)):
        outputs, target = video(step, rank)
        found.append(SequenceSetLoss()(outputs, [target]))
    torch.save(found, Path(folder) / f'{rank}.pth')
    dist.barrier()
    dist.destroy_process_group()


def test_mean_of_both_ranks_is_the_loss_of_all_videos(tmp_path):
    mp.spawn(work, (str(tmp_path),), nprocs=2)
    ranks = [torch.load(tmp_path / f'{rank}.pth') for rank in (0, 1)]
    for step, (first, second) in enumerate(zip(*ranks)):
        (one, target), (other, other_target) = video(step, 0), video(step, 1)
        together = SlotOutputs(
            torch.cat([one.logits, other.logits], 1),
            torch.cat([one.boxes, other.boxes], 1),
            torch.cat([one.masks, other.masks]),
        )
        wanted = SequenceSetLoss()(together, [target, other_target])
        assert set(wanted) == set(first)
        for name, value in wanted.items():
            mean = (first[name] + second[name]) / 2
            assert mean.item() == pytest.approx(value.item(), rel=1e-5), name
