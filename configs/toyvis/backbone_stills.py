# A small ResNet-18 trained on the kinds in ToyVIS stills (level standard),
# run by tools/dataset_tools/train_toy_backbone.py. All numbers are ours.
default_scope = 'mmselfshot'
data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis_stills/'
num_kinds = 20

model = dict(
    type='KindClassifier',
    data_preprocessor=dict(
        type='mmengine.ImgDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=False,
    ),
    num_channels=[192, 96],
    num_kinds=num_kinds,
)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
    dataset=dict(
        type='StillKindDataset',
        data_root=data_root,
        split='train',
        flip_prob=0.5,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=0,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
    dataset=dict(type='StillKindDataset', data_root=data_root, split='val'),
)
val_evaluator = dict(type='KindMetric')

max_epochs = 30
train_cfg = dict(
    type='mmengine.EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5
)
val_cfg = dict(type='mmengine.ValLoop')
optim_wrapper = dict(
    type='mmengine.OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
)
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.01,
        by_epoch=False,
        begin=0,
        end=200,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    logger=dict(type='mmengine.LoggerHook', interval=50),
    checkpoint=dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=1),
)
randomness = dict(seed=0)
