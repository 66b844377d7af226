# A small MinVIS on ToyVIS easy: 96x160 frames, two CPU cores, minutes.
# All numbers are ours, see docs/toyvis.md.
_base_ = ['../_base_/datasets/toyvis.py', '../_base_/default_runtime.py']

num_classes = 8
model = dict(
    type='MinVIS',
    data_preprocessor=dict(
        type='mmdet.TrackDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=False,
        pad_mask=True,
        pad_size_divisor=32,
    ),
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained', checkpoint='mmselfshot://toy_resnet18.pth'
        ),
    ),
    head=dict(
        type='MinVISHead',
        num_classes=num_classes,
        in_channels=[24, 48, 96, 192],
        feat_channels=96,
        num_queries=15,
        num_encoder_layers=2,
        encoder_ffn_channels=192,
        num_decoder_layers=3,
        decoder_ffn_channels=192,
        num_points=1024,
    ),
    tracker=dict(type='MinVISTracker'),
    # not in the paper: of near-equal tracks only the best is given
    test_cfg=dict(duplicate_iou=0.7),
)

max_iters = 1000
train_dataloader = dict(batch_size=16)
train_cfg = dict(
    type='ResumableIterTrainLoop', max_iters=max_iters, val_interval=max_iters
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(
        custom_keys={
            'backbone': dict(lr_mult=0.5),
            'query_embed': dict(decay_mult=0.0),
            'query_feat': dict(decay_mult=0.0),
        },
        norm_decay_mult=0.0,
    ),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
auto_scale_lr = dict(enable=False, base_batch_size=16)
# so that little is lost where a training is interrupted
default_hooks = dict(checkpoint=dict(interval=100))
