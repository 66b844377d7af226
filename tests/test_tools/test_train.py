"""tools/train.py as a user runs it."""

import json
import shutil

import pytest
from tiny_run import (
    read_losses,
    run_tool,
    train,
    write_tiny_config,
    write_tiny_videos,
)
from tool_here import mistake_of_tool


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny')
    write_tiny_videos(root)
    return write_tiny_config(root)


def test_killed_training_goes_on_with_the_same_losses(config, tmp_path):
    """The kill comes right after iteration 3; every loss is a float32."""
    whole = train(config, tmp_path / 'whole')
    assert whole.returncode == 0, whole.stderr
    expected = read_losses(tmp_path / 'whole')
    assert sorted(expected) == [1, 2, 3, 4, 5, 6]

    workers = ['--cfg-options', 'train_dataloader.num_workers=2']
    cut = tmp_path / 'cut'
    killed = train(config, cut, *workers, KILL_AFTER='3')
    assert killed.returncode == -9
    assert sorted(read_losses(cut)) == [1, 2, 3]
    shutil.copytree(cut, tmp_path / 'moved')

    again = train(config, cut, *workers)
    assert again.returncode == 0, again.stderr
    assert f'going on from {cut / "iter_3.pth"}' in again.stdout
    assert read_losses(cut) == expected

    last = (cut / 'iter_6.pth').stat().st_mtime_ns
    third = train(config, cut, *workers)
    assert third.returncode == 0, third.stderr
    assert 'holds this run, finished; --resume no trains an' in third.stdout
    assert (cut / 'iter_6.pth').stat().st_mtime_ns == last

    shutil.rmtree(cut)  # only the moved copy is left
    moved = train(config, tmp_path / 'moved', '--resume')
    assert moved.returncode == 0, moved.stderr
    assert read_losses(tmp_path / 'moved') == expected
    record = json.loads((tmp_path / 'moved' / 'run.json').read_text())
    assert record['finished'] is True
    assert record['seed'] == 0


def test_a_training_without_a_checkpoint_says_that_it_starts_anew(
    config, tmp_path
):
    early = tmp_path / 'early'
    assert train(config, early, KILL_AFTER='1').returncode == -9
    again = train(config, early)
    assert again.returncode == 0, again.stderr
    assert f'{early} holds no checkpoint yet; starting anew' in again.stdout
    changed = train(config, early, '--cfg-options', 'randomness.seed=5')
    assert changed.returncode == 0, changed.stderr
    assert 'holds a run of another config; starting anew' in changed.stdout


def test_mistake_is_one_line(config):
    done = run_tool('train.py', 'nowhere.py', cwd=config.parent)
    assert done.returncode == 2
    (line,) = [one for one in done.stderr.splitlines() if 'error' in one]
    assert 'no config nowhere.py' in line
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (
            ['tiny.py', '--cfg-options', 'train_cfg.max_iter=3'],
            'the nearest is train_cfg.max_iters',
        ),
        (
            ['tiny.py', '--resume', 'lost.pth'],
            'no checkpoint lost.pth',
        ),
        (
            ['tiny.py', '--launcher', 'pytorch'],
            'the variable RANK is not set',
        ),
    ],
)
def test_mistakes_are_named(config, arguments, message, monkeypatch, capsys):
    line = mistake_of_tool(
        *(monkeypatch, capsys, config.parent, 'train.py', *arguments)
    )
    assert message in line


def test_a_config_without_training_is_one_line(
    repo, tmp_path, monkeypatch, capsys
):
    config = repo / 'configs/selfshot/motion_toyvis.py'
    line = mistake_of_tool(monkeypatch, capsys, tmp_path, 'train.py', config)
    assert 'motion_toyvis.py has no train_cfg' in line
