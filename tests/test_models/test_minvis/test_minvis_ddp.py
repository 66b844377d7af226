"""Two processes against one: losses, gradients and divisors."""

import os
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.model import MMDistributedDataParallel
from tiny_minvis import build_tiny_minvis, clip_sample, collate

pytestmark = pytest.mark.dist

# objects per frame, first half for rank 0; None is an unlabelled frame
SCENARIOS = [(3, 0, 1, 2), (3, 0), (1, 0), (2, None)]


def same_points_for_every_mask(*shape, **kwargs):
    """Injected draws: they depend neither on the batch nor on the rank."""
    shape = shape[0] if isinstance(shape[0], tuple) else shape
    generator = torch.Generator().manual_seed(shape[1])
    points = torch.empty(1, *shape[1:]).uniform_(generator=generator)
    return points.repeat(shape[0], 1, 1)


def samples_of(counts):
    """One frame per entry; None is an unlabelled frame."""
    return [
        clip_sample(num_objects=count, seed=10 + index)
        if count is not None
        else clip_sample(unlabelled=(0,), seed=10 + index)
        for index, count in enumerate(counts)
    ]


def recorded_divisors(head):
    """Lists that fill up with the divisors of the losses."""
    divisors = {}
    for name in ('loss_cls', 'loss_mask', 'loss_dice'):
        loss = getattr(head, name)
        seen = divisors.setdefault(name, [])

        def recording(*args, avg_factor, _forward=loss.forward, _seen=seen):
            _seen.append(float(avg_factor))
            return _forward(*args, avg_factor=avg_factor)

        loss.forward = recording
    return divisors


def run(samples, is_distributed):
    """Losses, gradients and divisors of one step."""
    torch.rand = same_points_for_every_mask
    model = build_tiny_minvis(seed=1)
    model.train()
    divisors = recorded_divisors(model.head)
    data = model.data_preprocessor(collate(samples), True)
    net = MMDistributedDataParallel(model) if is_distributed else model
    losses = net(**data, mode='loss')
    sum(losses.values()).backward()
    gradients = {
        name: parameter.grad
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    losses = {name: loss.detach() for name, loss in losses.items()}
    return losses, gradients, divisors


def work(rank, folder):
    os.environ['RANK'], os.environ['WORLD_SIZE'] = str(rank), '2'
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=2
    )
    results = {}
    for counts in SCENARIOS:
        samples = samples_of(counts)
        half = len(samples) // 2
        mine = samples[half:] if rank else samples[:half]
        results[counts] = run(mine, True)
    torch.save(results, Path(folder) / f'{rank}.pth')
    dist.barrier()
    dist.destroy_process_group()


@pytest.fixture(scope='module')
def on_two_ranks(tmp_path_factory):
    """Counts to the results of both ranks; all in one start, as it is slow."""
    folder = tmp_path_factory.mktemp('ranks')
    mp.spawn(work, (str(folder),), nprocs=2)
    first, second = (torch.load(folder / f'{rank}.pth') for rank in (0, 1))
    return {counts: (first[counts], second[counts]) for counts in SCENARIOS}


def test_two_ranks_equal_one_process_with_both_batches(
    on_two_ranks, monkeypatch
):
    """3 + 0 objects here, 1 + 2 there: equal sums of class weights."""
    monkeypatch.setattr(torch, 'rand', torch.rand)  # put back afterwards
    torch.set_num_threads(1)
    losses, gradients, divisors = run(samples_of((3, 0, 1, 2)), False)
    (first, grads, first_divisors), (second, other, _) = on_two_ranks[
        3, 0, 1, 2
    ]
    for name, loss in losses.items():
        mean = (first[name] + second[name]) / 2
        assert mean.item() == pytest.approx(loss.item(), rel=1e-5), name
    scale = max(gradient.abs().max() for gradient in gradients.values())
    assert scale > 0.1
    for name, gradient in gradients.items():
        assert torch.equal(grads[name], other[name]), name
        assert torch.allclose(
            grads[name], gradient, rtol=1e-5, atol=1e-5 * scale.item()
        ), name
    assert set(divisors['loss_dice']) == {6.0}
    assert set(first_divisors['loss_dice']) == {3.0}


def test_divisors_per_rank_with_unequal_ranks(on_two_ranks):
    """3 objects here, none there, 8 queries a frame.

    Class loss: the rank's own weights, 3 + 5 * .1 and 8 * .1. Mask losses:
    the mean over ranks, 3 / 2, for both.
    """
    (_, _, here), (_, _, there) = on_two_ranks[3, 0]
    assert here['loss_cls'] == pytest.approx([3.5] * 3)
    assert there['loss_cls'] == pytest.approx([0.8] * 3)
    assert here['loss_dice'] == [1.5] * 3
    assert here['loss_mask'] == [1.5 * 64] * 3
    assert there['loss_dice'] == []  # nothing matched, a plain zero


def test_one_target_in_all_is_divided_by_one_not_by_a_half(on_two_ranks):
    (_, _, here), _ = on_two_ranks[1, 0]
    assert here['loss_dice'] == [1.0] * 3


def test_rank_without_any_label_stays_in_step(on_two_ranks):
    (_, grads, _), (losses, other, _) = on_two_ranks[2, None]
    assert all(loss.item() == 0 for loss in losses.values())
    assert all(torch.equal(grads[name], other[name]) for name in grads)
    assert any(gradient.any() for gradient in grads.values())
