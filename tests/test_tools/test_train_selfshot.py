"""tools/train.py trains Self-Shot VIS on episodes of a small label file."""

import pytest
import torch
from tiny_episodes import write_episodes
from tiny_run import read_losses, train, train_with_two, write_training
from tiny_selfshot import TINY


def write_config(root):
    """Batches of 2 episodes, of cats and dogs; hens are unseen."""
    dataset = dict(
        type='EpisodeDataset',
        split=str(root / 'split.json'),
        pipeline=[
            dict(type='ResizeEpisode', size=(32, 48)),
            dict(type='FlipEpisode', prob=0.5),
            dict(type='PackEpisode'),
        ],
        **write_episodes(root),
    )
    model = TINY | dict(
        data_preprocessor=dict(type='EpisodePreprocessor'),
        cell_loss=dict(type='CellLoss'),
    )
    return write_training(
        *(root, 4, 2),
        model=model,
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='VideoTrainSampler'),
            dataset=dataset,
        ),
    )


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp('episodes'))


@pytest.fixture(scope='module')
def whole(config):
    """The work dir of an unbroken run of one process."""
    work_dir = config.parent / 'whole'
    done = train(config, work_dir)
    assert done.returncode == 0, done.stderr
    return work_dir


def test_killed_training_goes_on_with_the_same_losses(config, whole, tmp_path):
    expected = read_losses(whole)
    assert sorted(expected) == [1, 2, 3, 4]
    workers = ['--cfg-options', 'train_dataloader.num_workers=1']
    cut = tmp_path / 'cut'
    assert train(config, cut, *workers, KILL_AFTER='2').returncode == -9
    again = train(config, cut, *workers)
    assert again.returncode == 0, again.stderr
    assert f'going on from {cut / "iter_2.pth"}' in again.stdout
    assert read_losses(cut) == expected
    first, second = (
        torch.load(folder / 'iter_4.pth', weights_only=False)['state_dict']
        for folder in (whole, cut)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.dist
def test_two_processes_train_as_one(config, whole, tmp_path):
    """Each has one episode of the batch; the gradient is the same mean."""
    halves = '--cfg-options', 'train_dataloader.batch_size=1'
    done = train_with_two(config, tmp_path / 'w', *halves)
    assert done.returncode == 0, done.stderr
    found, wanted = (
        torch.load(folder / 'iter_4.pth', weights_only=False)['state_dict']
        for folder in (tmp_path / 'w', whole)
    )
    start = torch.load(whole / 'iter_2.pth', weights_only=False)['state_dict']
    moved = far = 0.0
    for key, value in wanted.items():
        if value.is_floating_point():
            moved += (value - start[key]).abs().sum().item()
            far += (value - found[key]).abs().sum().item()
    assert far < 0.05 * moved
