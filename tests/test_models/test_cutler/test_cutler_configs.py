"""Every CutLER config builds, trains two iterations and predicts."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from tiny_cutler import boxed_sample, shrink_cutler
from tiny_minvis import collate

from mmselfshot.registry import MODELS

CONFIGS = Path('configs/uvis')
NAMES = (
    'cutler_r50_maskcut',
    'cutler_r50_self_train_1',
    'cutler_r50_self_train_2',
    'cutler_toyvis',
)


@pytest.fixture(scope='module')
def read(repo):
    return lambda name: Config.fromfile(repo / CONFIGS / f'{name}.py')


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmselfshot'):
        yield


def test_schedule_is_the_published_one(read):
    cfg = read('cutler_r50_maskcut')
    assert cfg.train_cfg.max_iters == 160000
    sgd = cfg.optim_wrapper.optimizer
    assert (sgd.lr, sgd.momentum, sgd.weight_decay) == (0.01, 0.9, 5e-5)
    decay = cfg.param_scheduler[1]
    assert (decay.milestones, decay.gamma) == ([80000], 0.02)
    assert cfg.train_dataloader.batch_size * 8 == 16
    assert cfg.model.roi_head.drop_loss_iou_thr == 0.01
    assert 'dino' in cfg.model.backbone.init_cfg.checkpoint


def test_rounds_follow_each_other(read):
    first = read('cutler_r50_self_train_1')
    second = read('cutler_r50_self_train_2')
    for cfg, thr in ((first, 0.7), (second, 0.65)):
        assert cfg.train_cfg.max_iters == 80000
        assert cfg.optim_wrapper.optimizer.lr == 0.005
        assert cfg.model.roi_head.drop_loss_iou_thr is None
        proposer = cfg.labelling.proposer
        assert proposer.score_thr == thr
        assert proposer.checkpoint == cfg.load_from
        assert proposer.model.type == 'CutLERDetector'
    work_dir = Path(second.load_from).parent
    assert work_dir.name == Path(first.filename).stem
    files = [cfg.train_dataloader.dataset.ann_file for cfg in (first, second)]
    assert files == ['cutler_round_1.json', 'cutler_round_2.json']


@pytest.mark.parametrize('name', NAMES)
def test_tiny_twin_trains_and_predicts(read, name):
    cfg = read(name)
    model = MODELS.build(shrink_cutler(cfg.model))
    model.init_weights()
    wrapper = cfg.optim_wrapper
    wrapper.type = 'OptimWrapper'
    wrapper.pop('loss_scale', None)
    wrapper = build_optim_wrapper(model, wrapper)
    model.train()
    for seed in range(2):
        clips = [boxed_sample(seed=2 * seed + i) for i in (0, 1)]
        log = model.train_step(collate(clips), wrapper)
        assert torch.isfinite(log['loss'])
        dropped = 's2.dropped' in log
        assert dropped == (cfg.model.roi_head.drop_loss_iou_thr is not None)
    model.eval()
    (clip,) = model.test_step(collate([boxed_sample(num_objects=0)]))
    for frame in clip:
        found = frame.pred_instances
        assert found.masks.shape == (len(found), 64, 64)
        assert (found.labels == 0).all()
