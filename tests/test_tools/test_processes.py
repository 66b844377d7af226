"""Training and testing with two processes, and tools/test.py with one."""

import json

import pytest
import torch
from tiny_run import (
    free_port,
    read_losses,
    run_tool,
    train_with_two,
    write_tiny_config,
    write_tiny_videos,
)

from mmselfshot.utils import UserError

pytestmark = pytest.mark.dist


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny')
    write_tiny_videos(root, num_videos=3)
    return write_tiny_config(root, max_iters=2, interval=2, is_tested=True)


@pytest.fixture(scope='module')
def trained(config):
    """The work dir of two iterations on two processes."""
    work_dir = config.parent / 'trained'
    done = train_with_two(config, work_dir)
    assert done.returncode == 0, done.stderr
    return work_dir


def test_two_processes_train_on_gloo(trained):
    assert sorted(read_losses(trained)) == [1, 2]
    assert len(list(trained.glob('*/vis_data'))) == 1  # one rank writes
    record = json.loads((trained / 'run.json').read_text())
    assert record['finished'] is True


def test_mistake_on_the_second_rank_is_one_line(config, tmp_path):
    done = train_with_two(config, tmp_path / 'w', MISTAKE_ON_RANK='1')
    assert done.returncode == 2
    lines = [one for one in done.stderr.splitlines() if 'error:' in one]
    assert lines == ['error: rank 1 met a mistake']
    assert 'Traceback' not in done.stderr


def test_two_processes_score_as_one(config, trained, tmp_path):
    """Three videos: a rank has one, the other two."""
    command = [config, trained / 'iter_2.pth']
    options = ['--work-dir', tmp_path / 'w', '--out']
    one = run_tool(
        *('test.py', *command, *options, tmp_path / 'one'),
        *('--show-dir', tmp_path / 'films'),
        cwd=tmp_path,
    )
    assert one.returncode == 0, one.stderr
    two = run_tool(
        *('dist_test.sh', *command, 2, *options, tmp_path / 'two'),
        cwd=tmp_path,
        PORT=free_port(),
    )
    assert two.returncode == 0, two.stderr
    for name in ('metrics.json', 'results.json'):
        expected = json.loads((tmp_path / 'one' / name).read_text())
        assert json.loads((tmp_path / 'two' / name).read_text()) == expected
        assert expected
    films = sorted(path.name for path in (tmp_path / 'films').glob('*.mp4'))
    assert films == ['1.mp4', '2.mp4', '3.mp4']


def test_killed_test_goes_on_with_the_videos_that_are_missing(
    config, trained, tmp_path
):
    """Three videos of two windows each; killed within the third."""
    command = ['test.py', config, trained / 'iter_2.pth', '--work-dir']
    whole, out = tmp_path / 'whole', tmp_path / 'out'
    done = run_tool(*command, tmp_path, '--out', whole, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    killed = run_tool(
        *(*command, tmp_path, '--out', out),
        cwd=tmp_path,
        KILL_TEST_AFTER='5',
    )
    assert killed.returncode != 0
    assert not (out / 'results.json').exists()
    (kept,) = out.glob('unfinished_*')
    assert sorted(path.name for path in kept.iterdir()) == ['1.json', '2.json']
    (out / 'unfinished_of_another').mkdir()
    again = run_tool(*command, tmp_path, '--out', out, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    log = again.stdout + again.stderr
    assert '2 videos are done' in log and 'starting anew' in log
    assert 'Iter(test) [2/2]' in log
    for name in ('metrics.json', 'results.json'):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    assert not list(out.glob('unfinished_*'))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(drop='head'), r'weights are missing .*head'),
        (dict(rename='other'), 'another model: 0 of its'),
        (dict(cut=True), 'no complete checkpoint'),
        (dict(lost=True), 'no checkpoint'),
    ],
)
def test_unfit_checkpoint_is_refused(
    config, trained, tmp_path, change, message
):
    from mmselfshot.engine.test import test

    path = tmp_path / 'unfit.pth'
    weights = torch.load(trained / 'iter_2.pth', weights_only=False)
    weights = weights['state_dict']
    if 'drop' in change:
        weights = {k: v for k, v in weights.items() if change['drop'] not in k}
    if 'rename' in change:
        weights = {f'{change["rename"]}.{k}': v for k, v in weights.items()}
    torch.save({'state_dict': weights}, path)
    if 'cut' in change:
        path.write_bytes(path.read_bytes()[:-5000])
    if 'lost' in change:
        path.unlink()
    with pytest.raises(UserError, match=message):
        test(config, path, work_dir=str(tmp_path / 'w'))


def test_results_need_a_metric_that_writes_them(config, tmp_path):
    from mmselfshot.engine.test import test

    with pytest.raises(UserError, match='--out and --show-dir need VISMetric'):
        test(
            config,
            'never_read.pth',
            work_dir=str(tmp_path),
            out=tmp_path,
            options=['test_evaluator.type=KindMetric'],
        )


def test_split_val_scores_the_videos_of_validation(config, trained, tmp_path):
    """The test data of the changed config do not exist; those of val do."""
    from mmselfshot.engine.test import test

    changed = config.with_name('changed.py')
    changed.write_text(
        "_base_ = ['tiny.py']\n"
        'val_dataloader = {{_base_.test_dataloader}}\n'
        'val_evaluator = {{_base_.test_evaluator}}\n'
        "val_cfg = dict(type='ValLoop')\n"
        "test_dataloader = dict(dataset=dict(ann_file='gone.json'))\n"
        "test_evaluator = dict(ann_file='gone.json')\n"
    )
    weights, work_dir = trained / 'iter_2.pth', str(tmp_path / 'w')
    with pytest.raises(UserError, match=r'gone\.json'):
        test(changed, weights, work_dir=work_dir)
    found = test(changed, weights, work_dir=work_dir, split='val')
    assert found == test(config, weights, work_dir=work_dir)
