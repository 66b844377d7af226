"""`--cfg-options` refuses a key that nothing would read."""

import pytest
from mmengine.config import Config

from mmselfshot.utils import UserError
from mmselfshot.utils.config_keys import apply_options, arguments_at


@pytest.fixture
def cfg():
    return Config(
        dict(
            default_scope='mmselfshot',
            model=dict(
                type='mmdet.MaskRCNN',
                backbone=dict(type='mmdet.ResNet', depth=50),
                roi_head=dict(
                    type='mmdet.StandardRoIHead',
                    bbox_head=dict(
                        type='mmdet.Shared2FCBBoxHead', num_classes=3
                    ),
                ),
            ),
            optim_wrapper=dict(
                type='OptimWrapper',
                optimizer=dict(type='AdamW', lr=1e-4),
                clip_grad=dict(max_norm=1.0),
            ),
            param_scheduler=[dict(type='LinearLR', end=10)],
            train_dataloader=dict(
                batch_size=2,
                dataset=dict(
                    type='mmdet.CocoDataset',
                    pipeline=[
                        dict(type='mmdet.RandomFlip', prob=0.5),
                        dict(type='mmdet.PackDetInputs'),
                    ],
                ),
            ),
            train_cfg=dict(type='ResumableIterTrainLoop', max_iters=10),
            val_cfg=dict(),
            default_hooks=dict(checkpoint=dict(type='SafeCheckpointHook')),
            env_cfg=dict(mp_cfg=dict(mp_start_method='fork')),
        )
    )


def value_at(cfg, key):
    node = cfg
    for part in key.split('.'):
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


@pytest.mark.parametrize(
    ('option', 'expected'),
    [
        # keys of the config
        ('train_cfg.max_iters=5', 5),
        ('optim_wrapper.optimizer.lr=0.5', 0.5),
        ('train_dataloader.dataset.pipeline.0.prob=0.1', 0.1),
        ('model.backbone.type=mmdet.SwinTransformer', 'mmdet.SwinTransformer'),
        # arguments of the class itself, and of a base through **kwargs
        ('model.backbone.norm_eval=False', False),
        ('train_cfg.val_begin=3', 3),
        ('model.roi_head.bbox_head.num_shared_fcs=1', 1),
        ('model.roi_head.bbox_head.fc_out_channels=8', 8),
        ('model.roi_head.bbox_head.reg_class_agnostic=True', True),
        ('train_dataloader.dataset.indices=4', 4),
        ('default_hooks.checkpoint.max_keep_ckpts=1', 1),
        ('optim_wrapper.optimizer.weight_decay=0.1', 0.1),
        # what a constructor takes away first
        ('optim_wrapper.paramwise_cfg.norm_decay_mult=0.0', 0.0),
        ('param_scheduler.0.convert_to_iter_based=True', True),
        # of the Runner and of the parts that it reads
        ('load_from=x.pth', 'x.pth'),
        ('randomness.deterministic=True', True),
        ('train_dataloader.num_workers=0', 0),
        ('env_cfg.mp_cfg.opencv_num_threads=1', 1),
        ('env_cfg.cudnn_benchmark=True', True),
        ('val_cfg.fp16=True', True),
        ('find_unused_parameters=True', True),
        ('optim_wrapper.clip_grad.norm_type=1', 1),
        ('auto_scale_lr.enable=True', True),
    ],
)
def test_known_key_is_set(cfg, option, expected):
    apply_options(cfg, [option])
    assert value_at(cfg, option.split('=')[0]) == expected


@pytest.mark.parametrize(
    ('option', 'nearest'),
    [
        ('modle.head.x=3', 'model'),
        ('modle.backbone.depth=3', 'model.backbone.depth'),
        ('train_cfg.max_iter=3', 'train_cfg.max_iters'),
        ('optim_wrapper.optimizer.lrr=1', 'optim_wrapper.optimizer.lr'),
        ('optim_wrapper.optimizer.weigth_decay=1', 'weight_decay'),
        ('lr=1', 'optim_wrapper.optimizer.lr'),
        ('model.backbone.deph=18', 'model.backbone.depth'),
        (
            'train_dataloader.dataset.pipeline.0.probability=1',
            'train_dataloader.dataset.pipeline.0.prob',
        ),
        ('train_dataloader.num_worker=1', 'train_dataloader.num_workers'),
        ('randomness.sed=1', 'randomness.seed'),
        ('default_hooks.chekpoint.interval=1', 'default_hooks.checkpoint'),
        ('env_cfg.mp_cfg.opencv_threads=1', 'opencv_num_threads'),
    ],
)
def test_typo_is_refused_with_the_nearest_key(cfg, option, nearest):
    before = cfg.pretty_text
    with pytest.raises(UserError) as caught:
        apply_options(cfg, [option])
    assert f'{nearest};' in str(caught.value)
    assert f'+{option.split("=")[0]}=' in str(caught.value)
    assert cfg.pretty_text == before


def test_plus_adds_any_key(cfg):
    apply_options(cfg, ['+modle.head.x=3', '+model.note=[a,b]'])
    assert cfg.modle.head.x == 3
    assert cfg.model.note == ['a', 'b']


def test_new_type_brings_its_arguments(cfg):
    apply_options(
        cfg,
        [
            'train_dataloader.sampler.type=VideoTrainSampler',
            'train_dataloader.sampler.shuffle=False',
            'optim_wrapper.type=AmpOptimWrapper',
            'optim_wrapper.loss_scale=dynamic',
        ],
    )
    assert cfg.train_dataloader.sampler.shuffle is False
    with pytest.raises(UserError, match='loss_scale'):
        apply_options(cfg, ['optim_wrapper.loss_scales=1'])


def test_argument_of_a_new_dict_is_checked_against_its_type(cfg):
    with pytest.raises(UserError, match=r'sampler\.shuffle'):
        apply_options(
            cfg,
            [
                'train_dataloader.sampler.type=VideoTrainSampler',
                'train_dataloader.sampler.shufle=False',
            ],
        )


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ('train_cfg.max_iters', 'expected key=value'),
        ('=3', 'expected key=value'),
        (
            'train_dataloader.dataset.pipeline.7.prob=1',
            'is a list of 2; expected an index from 0 to 1',
        ),
        ('train_dataloader.dataset.pipeline.prob=1', "found 'prob'"),
        ('train_cfg.max_iters.x=1', 'train_cfg.max_iters is 10'),
    ],
)
def test_impossible_option_is_refused(cfg, option, message):
    with pytest.raises(UserError, match=message):
        apply_options(cfg, [option])


def test_place_that_nobody_reads_has_no_arguments(cfg):
    assert arguments_at(cfg, ['train_dataloader', 'dataset', 'pipeline']) == (
        set()
    )


def test_value_may_be_a_dict():
    cfg = Config(dict(labelled='file'))
    apply_options(cfg, ['labelled={"1": [0, 5], "2": [0]}'])
    assert cfg.labelled == {'1': [0, 5], '2': [0]}


def test_dict_replaces_what_was_there_and_is_added_as_it_is(cfg):
    options = [
        "optim_wrapper.optimizer={'type': 'SGD'}",
        "train_dataloader.dataset.pipeline.0={'type': 'mmdet.Resize'}",
        "param_scheduler.0={'type': 'PolyLR'}",
        "model.test_cfg={'rcnn': 1}",
        "+model.extra={'a': {'b': 2}}",
    ]
    apply_options(cfg, options)
    assert cfg.optim_wrapper.optimizer == dict(type='SGD')
    assert cfg.train_dataloader.dataset.pipeline[0] == {'type': 'mmdet.Resize'}
    assert cfg.param_scheduler == [dict(type='PolyLR')]
    assert cfg.model.test_cfg == dict(rcnn=1)
    assert cfg.model.extra == dict(a=dict(b=2))
    assert '_delete_' not in cfg.pretty_text


@pytest.mark.parametrize('value', ['{1: ', '[{1:2}, '])
def test_value_that_cannot_be_read_is_named(value):
    cfg = Config(dict(labelled='file'))
    with pytest.raises(UserError, match=r'labelled: cannot read'):
        apply_options(cfg, [f'labelled={value}'])


def test_keys_of_labelling_are_known():
    cfg = Config(dict(labelling=dict(videos=dict(root='x'))))
    apply_options(
        cfg, ['labelling.frame_step=2', 'labelling.videos.ann_file=l.json']
    )
    assert cfg.labelling.frame_step == 2
    with pytest.raises(UserError, match=r'nearest is labelling\.frame_step'):
        apply_options(cfg, ['labelling.frame_steps=2'])
