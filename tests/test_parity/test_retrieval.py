"""Retrieval losses, memory queue and momentum against recorded values."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from mmselfshot.models.retriever import (
    MemoryQueue,
    MomentumEncoder,
    clip_cosines,
    mil_nce,
    pair_clips,
    ranking_loss,
)

DTYPES = [torch.float64, torch.float32]
# of the folder's README: losses, gradients relative to the largest entry
LOSS_OFF = {torch.float64: 1e-9, torch.float32: 2e-5}
GRAD_OFF = {torch.float64: 1e-7, torch.float32: 1e-4}
MODES = {  # name of a recorded loss, our options
    'nce': None,
    'rank_neglog_mean': 'neglog_mean',
    'rank_one_minus': 'one_minus',
    'rank_neglog_sum': 'neglog_sum',
    'rank_literal': 'literal',
}


def recorded(parity_dir, name):
    with np.load(parity_dir / 'selfshot' / name, allow_pickle=False) as file:
        return dict(file)


def loss_cases(parity_dir):
    """Each case: its description and its arrays, inputs included."""
    manifest = json.loads((parity_dir / 'selfshot/manifest.json').read_text())
    arrays = recorded(parity_dir, 'retrieval_losses.npz')
    for case in manifest['files']['retrieval_losses.npz']['desc']:
        start = f'{case["case"]}__'
        mine = {
            key.removeprefix(start): value
            for key, value in arrays.items()
            if key.startswith(start)
        }
        if not case['inputs_stored']:
            mine.update(rebuilt(case))
        yield case, mine


def rebuilt(case):
    """Inputs that are not stored, by the recipe of the README."""
    draw = np.random.RandomState(case['seed']).standard_normal
    vid = np.repeat(np.arange(case['videos']), case['clips_per_video'])
    centre = draw((case['videos'], case['dim']))
    shape = len(vid), case['dim']
    return dict(
        anchor=centre[vid] + case['noise'] * draw(shape),
        key=centre[vid] + case['noise'] * draw(shape),
        queue=draw((case['queue'], case['dim'])),
    )


def losses_of(arrays):
    """Name, tau and mode of each loss recorded for a case."""
    for key in arrays:
        if key.endswith('__per_anchor'):
            name = key.removesuffix('__per_anchor')
            kind, tau = name.rsplit('_t', 1)
            yield name, float(tau), MODES[kind]


def run_loss(case, arrays, tau, mode, dtype):
    """(M,) losses, and (M, D) gradient of their mean."""
    anchors = torch.from_numpy(arrays['anchor']).to(dtype).requires_grad_()
    candidates = np.concatenate([arrays['key'], arrays['queue']])
    sim = clip_cosines(anchors, torch.from_numpy(candidates).to(dtype))
    ids = torch.from_numpy(arrays['vid'])
    own = torch.arange(len(ids))
    # the queue is of other videos than the batch
    queue_ids = ids.max() + 1 + torch.arange(len(arrays['queue']))
    masks = pair_clips(ids, ids, queue_ids, own, case['include_self'])
    if mode is None:
        losses = mil_nce(sim, *masks, tau, reduction='none')
    else:
        losses = ranking_loss(sim, *masks, tau, mode, own, reduction='none')
    losses.mean().backward()
    return losses.detach().double().numpy(), anchors.grad.double().numpy()


@pytest.mark.parametrize('dtype', DTYPES)
def test_losses_and_gradients_are_the_recorded_ones(parity_dir, dtype):
    num_checked = 0
    for case, arrays in loss_cases(parity_dir):
        for name, tau, mode in losses_of(arrays):
            losses, grad = run_loss(case, arrays, tau, mode, dtype)
            what = case['case'], name
            off = np.abs(losses - arrays[f'{name}__per_anchor']).max()
            assert off <= LOSS_OFF[dtype], what
            off_mean = abs(losses.mean() - arrays[f'{name}__mean'])
            assert off_mean <= LOSS_OFF[dtype], what
            off_grad = gradient_off(grad, arrays, name)
            assert off_grad <= GRAD_OFF[dtype], what
            num_checked += 1
    assert num_checked


def gradient_off(grad, arrays, name):
    """Largest distance from the recorded entries, of the largest entry."""
    if f'{name}__grad' in arrays:
        expected = arrays[f'{name}__grad']
        return np.abs(grad - expected).max() / np.abs(expected).max()
    norm = arrays[f'{name}__grad_norm']
    rows = arrays[f'{name}__grad_rows0_2']
    off_rows = np.abs(grad[: len(rows)] - rows).max() / np.abs(rows).max()
    return max(off_rows, abs(np.linalg.norm(grad) - norm) / norm)


def test_queue_is_the_recorded_one(parity_dir):
    arrays = recorded(parity_dir, 'momentum_queue_knn.npz')
    queue = MemoryQueue(*arrays['queue0'].shape).double()
    # a full turn: the pointer is at the start again
    start = torch.from_numpy(arrays['queue0'])
    queue.push(start, torch.zeros(len(start), dtype=torch.long))
    assert queue.pointer == 0
    steps = arrays['keys'], arrays['queue_after'], arrays['ptr_after']
    for step, (keys, after, pointer) in enumerate(zip(*steps), start=1):
        ids = torch.full((len(keys),), step)
        queue.push(torch.from_numpy(keys), ids)
        assert (queue.keys.numpy() == after).all(), step
        assert queue.pointer == pointer, step


def test_average_is_the_recorded_one(parity_dir):
    arrays = recorded(parity_dir, 'momentum_queue_knn.npz')
    names = [key for key in arrays if key.endswith('_theta')]
    assert names
    for name in names:
        start = name.removesuffix('_theta')
        encoder = nn.Module()
        encoder.theta = nn.Parameter(torch.from_numpy(arrays[f'{start}_init']))
        momentum = float(start.removeprefix('ema'))
        model = MomentumEncoder(encoder, momentum)
        for theta, after in zip(arrays[name], arrays[f'{start}_after']):
            encoder.theta.data = torch.from_numpy(theta)
            model.update(encoder)
            off = np.abs(model.average.theta.numpy() - after).max()
            assert off <= 1e-9, name


def test_cosine_momentum_is_the_recorded_one(parity_dir):
    arrays = recorded(parity_dir, 'momentum_queue_knn.npz')
    model = MomentumEncoder(
        nn.Identity(),
        arrays['cos_momentum_m0'].item(),
        num_updates=arrays['cos_momentum_T'].item(),
    )
    for step, momentum in zip(
        arrays['cos_momentum_t'], arrays['cos_momentum']
    ):
        model.step.fill_(step.item())
        assert abs(model.current_momentum() - momentum) <= 1e-9, step
