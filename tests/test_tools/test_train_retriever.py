"""tools/train.py trains a retriever on a pool without any label file."""

import copy

import pytest
import torch
from tiny_retriever import MOCO, RANKING, SIZE, write_pool
from tiny_run import REPO, read_losses, train, write_training
from tool_here import mistake_of_tool

RUNS = {
    'rank': (RANKING, dict(num_crops=3, num_frames=2, positives='source')),
    'moco': (MOCO, dict(num_crops=2, num_frames=1, has_one_window=True)),
}


def write_config(root, name):
    model, crops = copy.deepcopy(RUNS[name])
    dataset = dict(
        type='PoolClipDataset',
        pool=str(write_pool(root)),
        pipeline=[dict(type='ClipAugmentation', size=SIZE)],
        **crops,
    )
    return write_training(
        *(root, 6, 3),
        hooks=('MomentumHook',),
        model=model,
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='VideoTrainSampler'),
            dataset=dataset,
        ),
    )


@pytest.mark.parametrize(
    'name', ['rank', pytest.param('moco', marks=pytest.mark.slow)]
)
def test_killed_training_goes_on_with_the_same_losses_and_state(
    tmp_path, name
):
    """The kill comes right after iteration 3; queue, average and weights
    are bit for bit those of the unbroken run."""
    config = write_config(tmp_path, name)
    whole = train(config, tmp_path / 'whole')
    assert whole.returncode == 0, whole.stderr
    expected = read_losses(tmp_path / 'whole')
    assert sorted(expected) == [1, 2, 3, 4, 5, 6]

    workers = ['--cfg-options', 'train_dataloader.num_workers=2']
    cut = tmp_path / 'cut'
    assert train(config, cut, *workers, KILL_AFTER='3').returncode == -9
    again = train(config, cut, *workers)
    assert again.returncode == 0, again.stderr
    assert f'going on from {cut / "iter_3.pth"}' in again.stdout
    assert read_losses(cut) == expected

    first, second = (
        torch.load(folder / 'iter_6.pth', weights_only=False)['state_dict']
        for folder in (tmp_path / 'whole', cut)
    )
    assert first['momentum.step'] == 6
    assert first['queue.video_ids'].min() >= 0  # it is filled
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_encoder_that_is_not_trained_says_so(tmp_path, monkeypatch, capsys):
    config = REPO / 'configs' / 'selfshot' / 'frozen_thumbnail_toyvis.py'
    line = mistake_of_tool(monkeypatch, capsys, tmp_path, 'train.py', config)
    assert 'has no model.loss' in line
