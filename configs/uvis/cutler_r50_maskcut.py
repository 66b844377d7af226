# CutLER, first training: on MaskCut's masks, with DropLoss. All numbers are
# those of CutLER's released config, where no other source is named.
_base_ = [
    './_base_/cutler_r50.py',
    './_base_/cutler_data.py',
    '../_base_/default_runtime.py',
]

sync_bn = 'torch'
model = _base_.cutler_model
model.backbone.init_cfg = dict(
    type='Pretrained',
    checkpoint='{{$MMSELFSHOT_DATA:data}}/pretrained/dino_resnet50_pretrain.pth',
)
model.data_preprocessor.batch_augments = [
    # built by mmdet, hence the scope
    dict(type='mmselfshot.CopyPaste', donors='reversed', scales=(0.3, 1.0))
]

labelling = dict(
    out='{{$MMSELFSHOT_DATA:data}}/imagenet/maskcut.json',
    videos=dict(
        root='{{$MMSELFSHOT_DATA:data}}/imagenet/train',
        # made by tools/dataset_tools/list_images.py
        ann_file='{{$MMSELFSHOT_DATA:data}}/imagenet/images.json',
    ),
    proposer=dict(
        type='MaskCut',
        features=dict(
            type='DINOFeatures',
            backbone=dict(
                type='DINOVisionTransformer', arch='base', patch_size=8
            ),
            checkpoint='{{$MMSELFSHOT_DATA:data}}/pretrained/dino_vitb8.pth',
        ),
        num_masks=3,
        tau=0.15,
    ),
)

max_iters = 160000
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=max_iters)
optim_wrapper = dict(
    type='AmpOptimWrapper',
    loss_scale='dynamic',
    optimizer=dict(
        type='ClippedSGD',
        lr=0.01,
        momentum=0.9,
        weight_decay=5e-5,
        max_norm=1.0,
    ),
    paramwise_cfg=dict(norm_decay_mult=0.0),  # detectron2
)
param_scheduler = [
    # detectron2's warm-up
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, end=1000),
    dict(type='MultiStepLR', milestones=[80000], gamma=0.02, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(interval=5000))
auto_scale_lr = dict(enable=False, base_batch_size=16)
