# DINO on ToyVIS stills: a small vision transformer for MaskCut, run by
# tools/dataset_tools/train_toy_dino.py. All numbers are ours.
# Views enlarge the stills: a patch is 2.7 to 5.3 pixels wide. Colours are
# changed little, because they tell objects from what they lie on.
default_scope = 'mmselfshot'
data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis_dino_stills/'
disturb = dict(colour=(0.1, 0.1, 0.1), hue=0.01, blur=0.3, noise=8.0)
max_epochs = 4
num_updates = 1000  # max_epochs of 4000 stills by 16

model = dict(
    type='DINOPretrainer',
    backbone=dict(
        type='DINOVisionTransformer',
        embed_dims=96,
        depth=4,
        num_heads=3,
        patch_size=8,
        img_size=96,
    ),
    num_channels=(96, 96),
    large=dict(side=96, scale=(0.33, 0.66), **disturb),
    small=dict(side=48, scale=(0.15, 0.35), **disturb),
    num_small=2,
    num_prototypes=(256, 256),
    dense_weight=1.0,
    jitter=0.06,
    momentum=0.99,
    num_updates=num_updates,
    use_bfloat16=True,
)

train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    drop_last=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
    dataset=dict(type='StillPictureDataset', data_root=data_root),
)
train_cfg = dict(type='mmengine.EpochBasedTrainLoop', max_epochs=max_epochs)
optim_wrapper = dict(
    type='mmengine.OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.04),
    clip_grad=dict(max_norm=3.0),
)
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.02,
        by_epoch=False,
        begin=0,
        end=40,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    logger=dict(type='mmengine.LoggerHook', interval=25),
    checkpoint=dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=1),
)
randomness = dict(seed=0)
