"""From a config file and options to what the Runner gets."""

import pytest
import torch
from mmengine.config import Config

from mmselfshot.engine.run_config import (
    add_tensorboard,
    choose_work_dir,
    enable_lr_scaling,
    hash_config,
    load_config,
    set_precision,
)
from mmselfshot.engine.run_record import (
    find_commit,
    read_record,
    write_record,
)
from mmselfshot.utils import UserError


def test_similar_file_is_named(tmp_path):
    (tmp_path / 'minvis_toyvis.py').touch()
    with pytest.raises(UserError, match=r'mean .*minvis_toyvis\.py'):
        load_config(tmp_path / 'minvis_toyvsi.py')
    with pytest.raises(UserError, match='no config'):
        load_config(tmp_path / 'none' / 'x.py')


@pytest.mark.parametrize(
    ('name', 'text', 'message'),
    [
        ('a.py', "_base_ = './lost.py'\n", 'inherits from a file'),
        ('b.py', 'x = (\n', 'cannot be read as a config'),
        ('c.txt', 'x = 1\n', 'is no config'),
    ],
)
def test_unusable_file_is_one_line(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        load_config(path)
    assert '\n' not in str(caught.value)


def test_loader_without_workers_keeps_nothing_that_torch_refuses(tmp_path):
    path = tmp_path / 'a.py'
    path.write_text(
        'train_dataloader = dict(num_workers=2, persistent_workers=True)\n'
    )
    cfg = load_config(path, ['train_dataloader.num_workers=0'])
    assert 'persistent_workers' not in cfg.train_dataloader
    assert load_config(path).train_dataloader.persistent_workers is True


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs no GPU')
@pytest.mark.parametrize('kind', ['OptimWrapper', 'AmpOptimWrapper'])
def test_mixed_precision_is_off_without_a_gpu(kind):
    cfg = Config(dict(optim_wrapper=dict(type=kind)))
    if kind == 'AmpOptimWrapper':
        cfg.optim_wrapper.update(loss_scale=512.0, dtype='float16')
    line = set_precision(cfg, amp=True)
    assert line == (
        'mixed precision is off: no GPU was found; training in float32'
    )
    assert cfg.optim_wrapper == dict(type='OptimWrapper')


def test_no_word_about_precision_when_nobody_asked():
    cfg = Config(dict(optim_wrapper=dict(type='OptimWrapper')))
    assert set_precision(cfg, amp=False) is None


@pytest.mark.gpu
def test_mixed_precision_is_on_with_a_gpu():
    cfg = Config(dict(optim_wrapper=dict(type='OptimWrapper')))
    assert set_precision(cfg, amp=True) is None
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'


def test_scaling_of_the_rate_needs_its_batch_size():
    cfg = Config(dict(auto_scale_lr=dict(base_batch_size=16)))
    enable_lr_scaling(cfg)
    assert cfg.auto_scale_lr == dict(base_batch_size=16, enable=True)
    with pytest.raises(UserError, match=r'auto_scale_lr\.base_batch_size'):
        enable_lr_scaling(Config(dict()))


def test_tensorboard_is_added_beside_the_own_log():
    cfg = Config(
        dict(visualizer=dict(vis_backends=[dict(type='LocalVisBackend')]))
    )
    add_tensorboard(cfg)
    assert [one['type'] for one in cfg.visualizer.vis_backends] == [
        'LocalVisBackend',
        'TensorboardVisBackend',
    ]


def test_hash_tells_what_is_computed_not_where():
    cfg = Config(dict(model=dict(a=1, b=2), work_dir='x'))
    moved = Config(dict(work_dir='y', model=dict(b=2, a=1), resume=True))
    other = Config(dict(model=dict(a=1, b=3)))
    assert hash_config(cfg) == hash_config(moved)
    assert hash_config(cfg) != hash_config(other)


def test_work_dir_that_is_a_file_is_refused(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='cannot make the folder'):
        choose_work_dir(Config(dict()), str(tmp_path / 'file' / 'w'))


def test_record_is_read_back_and_a_broken_one_is_none(tmp_path):
    assert read_record(tmp_path) == {}
    write_record(tmp_path, {'finished': False})
    assert read_record(tmp_path) == {'finished': False}
    (tmp_path / 'run.json').write_text('{"finished"')
    assert read_record(tmp_path) == {}


def test_commit_is_a_hash_or_absent():
    commit = find_commit()
    assert commit is None or len(commit.rstrip('+')) == 40
