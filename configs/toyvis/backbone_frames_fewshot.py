# The same ResNet without its last stage, trained on the kinds in each cell of
# the frames of level fewshot: seen kinds only. All numbers are ours.
default_scope = 'mmselfshot'
data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis_frames_fewshot/'

model = dict(
    type='CellClassifier',
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        num_stages=3,
        strides=(1, 2, 1),
        dilations=(1, 1, 2),
        out_indices=(0, 1, 2),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=False,
        init_cfg=dict(
            type='Pretrained', checkpoint='mmselfshot://toy_resnet18_seen.pth'
        ),
    ),
    num_channels=96,
    num_kinds=80,
)

pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    dict(
        type='mmdet.TransformBroadcaster',
        share_random_params=True,
        transforms=[
            dict(
                type='mmdet.RandomFlip',
                prob=[0.25, 0.25, 0.25],
                direction=['horizontal', 'vertical', 'diagonal'],
            )
        ],
    ),
    dict(type='PackClipInputs'),
]
dataset = dict(
    type='VideoInstanceDataset',
    data_root=data_root,
    ann_file='fewshot_train.json',
    data_prefix=dict(img='fewshot_train/JPEGImages/'),
    num_frames=1,
)
train_dataloader = dict(
    batch_size=24,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmengine.InfiniteSampler', shuffle=True),
    dataset=dict(indices=2940, pipeline=pipeline, **dataset),
)
val_dataloader = dict(
    batch_size=24,
    num_workers=0,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
    dataset=dict(
        indices=-60,
        test_mode=True,
        pipeline=[pipeline[0], pipeline[1], pipeline[3]],
        **dataset,
    ),
)
val_evaluator = dict(type='CellKindMetric')

max_iters = 6000
train_cfg = dict(
    type='mmengine.IterBasedTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters,
)
val_cfg = dict(type='mmengine.ValLoop')
optim_wrapper = dict(
    type='mmengine.OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.01,
        by_epoch=False,
        begin=0,
        end=100,
    ),
    dict(type='mmengine.CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
default_hooks = dict(
    logger=dict(type='mmengine.LoggerHook', interval=50),
    checkpoint=dict(
        type='SafeCheckpointHook',
        by_epoch=False,
        interval=500,
        max_keep_ckpts=1,
    ),
)
randomness = dict(seed=0)
