"""The loop resumes without decoding; an iteration's randomness is its own."""

import os

import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils.data import Dataset

from mmselfshot.datasets.samplers import VideoTrainSampler
from mmselfshot.engine import ResumableIterTrainLoop, SafeCheckpointHook
from mmselfshot.engine.iteration_seed_hook import (
    IterationSeedHook,
    seed_of_iteration,
)
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_from_local


class Numbers(Dataset):
    """Twelve numbers; each reading leaves a line in a file."""

    metainfo = None

    def __init__(self, note):
        self.note = note

    def __len__(self):
        return 12

    def __getitem__(self, index):
        with open(self.note, 'a') as file:
            file.write(f'{int(index)}\n')
        return torch.tensor([float(index)])

    def num_read(self):
        return len(open(self.note).readlines()) if self.was_read() else 0

    def was_read(self):
        return os.path.exists(self.note)


class Noisy(BaseModel):
    """A weight, and a loss with noise in it."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, inputs, mode='loss'):
        noise = torch.rand(1)
        return dict(loss=(self.weight * inputs.mean() / 12 - noise).square())


class Note(IterationSeedHook):
    """Writes down each loss, after seeding as the real hook does."""

    def __init__(self):
        self.losses = {}

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        self.losses[runner.iter + 1] = outputs['loss'].item()


def train(
    tmp_path, name, max_iters, resume=False, sampler=None, hook=(), **loader
):
    """Train the noisy model; return its losses and its data set."""
    torch.manual_seed(123 + max_iters)  # must have no influence
    dataset = Numbers(tmp_path / f'{name}-{resume}.txt')
    note = Note()
    runner = Runner(
        model=Noisy(),
        work_dir=str(tmp_path / name),
        train_dataloader=dict(
            dict(
                batch_size=2,
                num_workers=0,
                sampler=sampler or dict(type=VideoTrainSampler),
                dataset=dataset,
                collate_fn=dict(type=collate),
            ),
            **loader,
        ),
        train_cfg=dict(type=ResumableIterTrainLoop, max_iters=max_iters),
        optim_wrapper=dict(optimizer=dict(type='Adam', lr=0.1)),
        default_hooks=dict(
            checkpoint=dict(
                type=SafeCheckpointHook,
                by_epoch=False,
                interval=4,
                max_keep_ckpts=1,
                **dict(hook),
            ),
            logger=dict(type='LoggerHook', interval=100),
        ),
        custom_hooks=[note],
        randomness=dict(seed=3),
        resume=resume,
        log_level='ERROR',
        experiment_name=f'{tmp_path.name}-{name}-{resume}',
    )
    runner.train()
    return note.losses, dataset


def collate(samples):
    return dict(inputs=torch.stack(samples))


@pytest.fixture
def whole(tmp_path):
    return train(tmp_path, 'whole', 10)[0]


@pytest.mark.parametrize('workers', [0, 2])
def test_resumed_run_equals_the_unbroken_one(tmp_path, whole, workers):
    first, _ = train(tmp_path, 'parts', 4, num_workers=workers)
    second, data = train(tmp_path, 'parts', 10, True, num_workers=workers)
    assert {**first, **second} == whole
    assert sorted(second) == [5, 6, 7, 8, 9, 10]
    # 6 batches of 2, and what 2 workers fetch ahead; none of the 4 past
    ahead = 2 * 2 * workers
    assert 12 <= data.num_read() <= 12 + 2 * ahead


def test_unbroken_run_reads_each_batch_once(tmp_path):
    _, data = train(tmp_path, 'w', 3)
    assert data.num_read() == 6


def test_checkpoint_is_published_at_the_end(tmp_path):
    """mmengine reads its own checkpoint again for that."""
    keys = dict(published_keys=['meta', 'state_dict'])
    train(tmp_path, 'w', 4, hook=keys)
    (path,) = (tmp_path / 'w').glob('iter_4-*.pth')
    assert set(load_from_local(path)) == {'meta', 'state_dict'}


def test_infinite_sampler_of_mmengine_resumes_too(tmp_path):
    sampler = dict(type='InfiniteSampler')
    whole, _ = train(tmp_path, 'a', 7, sampler=sampler)
    first, _ = train(tmp_path, 'b', 4, sampler=sampler)
    second, data = train(tmp_path, 'b', 7, True, sampler=sampler)
    assert {**first, **second} == whole
    assert data.num_read() == 6


def test_sampler_that_cannot_seek_is_refused(tmp_path):
    sampler = dict(type=DefaultSampler, shuffle=True)
    train(tmp_path, 'w', 4, sampler=sampler)
    with pytest.raises(UserError, match='DefaultSampler cannot resume'):
        train(tmp_path, 'w', 6, True, sampler=sampler)


def test_seeds_differ_between_iterations_ranks_and_runs():
    seeds = {
        seed_of_iteration(seed, iteration, rank)
        for seed in range(4)
        for iteration in range(50)
        for rank in range(4)
    }
    assert len(seeds) == 4 * 50 * 4
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_same_iteration_has_the_same_seed():
    assert seed_of_iteration(1, 2, 3) == seed_of_iteration(1, 2, 3)
