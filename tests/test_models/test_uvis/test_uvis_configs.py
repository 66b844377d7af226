"""The configs of UVIS: no labels in, MinVIS's schedule, tiny twins."""

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from tiny_minvis import clip_sample, collate, shrink

from mmselfshot.engine.run_config import load_config
from mmselfshot.models.uvis import UVIS, MemoryBankTracker
from mmselfshot.registry import MODELS, TASK_UTILS

REAL = ('ytvis19', 'ytvis21', 'ovis')


@pytest.fixture
def read(repo):
    return lambda name: Config.fromfile(repo / f'configs/{name}.py')


@pytest.mark.parametrize('data', REAL)
def test_schedule_is_that_of_minvis(read, data):
    ours, theirs = read(f'uvis/uvis_{data}'), read(f'minvis/minvis_r50_{data}')
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg'):
        assert ours[key] == theirs[key], key
    assert ours.train_dataloader.batch_size == 4
    assert ours.model.head.num_classes == theirs.model.head.num_classes
    assert ours.auto_scale_lr == theirs.auto_scale_lr


@pytest.mark.parametrize('data', [*REAL, 'toyvis'])
def test_training_reads_no_label_and_starts_from_no_mask(read, data):
    cfg = read(f'uvis/uvis_{data}')
    assert cfg.model.type == 'UVIS'
    assert cfg.load_from is None
    if data != 'toyvis':
        assert cfg.model.backbone.init_cfg.checkpoint == (
            'torchvision://resnet50'
        )
        UVIS.check_start(cfg)
    assert cfg.val_dataloader is cfg.val_cfg is cfg.val_evaluator is None
    dataset = cfg.train_dataloader.dataset
    assert cfg.labelling.out.endswith('/uvis_pseudo.json')
    assert cfg.labelling.videos.get('ann_file') is None
    images = dataset.data_root.rstrip('/') + '/' + dataset.data_prefix.img
    assert images.rstrip('/') == cfg.labelling.videos.root
    assert f'{dataset.data_root.rstrip("/")}/{dataset.ann_file}' == (
        cfg.labelling.out
    )


def test_supervised_reference_differs_in_labels_and_tracker_only(read):
    ours, theirs = (
        read(f'uvis/{name}').to_dict()
        for name in ('uvis_toyvis', 'minvis_toyvis_named')
    )
    assert theirs['train_dataloader']['dataset'].pop('ann_file') == (
        'train.json'
    )
    ours['train_dataloader']['dataset'].pop('ann_file')
    for part in ('type', 'tracker'):
        assert ours['model'].pop(part) != theirs['model'].pop(part)
    assert ours['model']['head'].pop('type') == 'UVISHead'
    assert theirs['model']['head'].pop('type') == 'MinVISHead'
    assert ours['model']['head'].pop('drop_mask_iou') is None
    for key in (
        *('model', 'optim_wrapper', 'param_scheduler', 'max_iters'),
        *('train_dataloader', 'test_dataloader', 'test_evaluator'),
    ):
        assert ours[key] == theirs[key], key


@pytest.mark.parametrize(
    'name', ['minvis/minvis_r50_ytvis19', 'minvis/minvis_toyvis']
)
def test_any_minvis_takes_the_tracker_by_option(repo, name):
    cfg = load_config(
        repo / f'configs/{name}.py',
        ['model.tracker.type=MemoryBankTracker', 'model.tracker.lam=0.3'],
    )
    tracker = TASK_UTILS.build(cfg.model.tracker)
    assert isinstance(tracker, MemoryBankTracker)
    assert tracker.lam == 0.3


@pytest.mark.parametrize('data', [*REAL, 'toyvis'])
def test_tiny_twin_trains_and_predicts(read, data):
    cfg = read(f'uvis/uvis_{data}')
    cfg.model.backbone.init_cfg = None
    cfg.model.head.drop_mask_iou = 0.01
    model = MODELS.build(shrink(cfg.model))
    model.init_weights()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    model.train()
    for seed in range(2):
        batch = collate([clip_sample(seed=seed, num_classes=8)])
        log = model.train_step(batch, wrapper)
        assert torch.isfinite(log['loss'])
        assert log['skipped_frames'] == 0
    model.eval()
    output = model.test_step(collate([clip_sample(2, num_objects=0)]))
    assert len(output[0].pred_tracks.scores) <= 10
