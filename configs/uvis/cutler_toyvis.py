# A small CutLER on ToyVIS: the cascade of cutler_r50.py with 64 channels, for
# objects of 12 to 90 pixels on 96x160 frames. Trains on a CPU in minutes. All
# numbers are ours.
_base_ = [
    '../_base_/datasets/toyvis.py',
    '../_base_/default_runtime.py',
    './_base_/labelling_toyvis.py',
]

model = dict(
    type='CutLERDetector',
    data_preprocessor=dict(
        type='mmdet.TrackDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=False,
        pad_mask=True,
        pad_size_divisor=32,
        batch_augments=[dict(type='mmselfshot.CopyPaste', scales=(0.5, 1.0))],
    ),
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained', checkpoint='mmselfshot://toy_resnet18_named.pth'
        ),
    ),
    neck=dict(
        type='mmdet.FPN',
        in_channels=[24, 48, 96, 192],
        out_channels=64,
        num_outs=4,
        norm_cfg=dict(type='BN', requires_grad=True),
    ),
    rpn_head=dict(
        type='mmdet.RPNHead',
        in_channels=64,
        feat_channels=64,
        anchor_generator=dict(
            type='mmdet.AnchorGenerator',
            scales=[4],
            ratios=[0.5, 1.0, 2.0],
            strides=[4, 8, 16, 32],
        ),
        bbox_coder=dict(type='mmdet.DeltaXYWHBBoxCoder'),
        loss_cls=dict(type='mmdet.CrossEntropyLoss', use_sigmoid=True),
        loss_bbox=dict(type='mmdet.L1Loss'),
    ),
    roi_head=dict(
        type='mmselfshot.CutLERRoIHead',
        num_stages=3,
        stage_loss_weights=[1, 1, 1],
        drop_loss_iou_thr=0.01,
        bbox_roi_extractor=dict(
            type='mmdet.SingleRoIExtractor',
            roi_layer=dict(type='RoIAlign', output_size=7, sampling_ratio=0),
            out_channels=64,
            featmap_strides=[4, 8, 16],
            finest_scale=20,
        ),
        bbox_head=[
            dict(
                type='mmdet.Shared2FCBBoxHead',
                in_channels=64,
                fc_out_channels=128,
                num_classes=1,
                reg_class_agnostic=True,
                bbox_coder=dict(
                    type='mmdet.DeltaXYWHBBoxCoder',
                    target_stds=[0.1, 0.1, 0.2, 0.2],
                ),
                loss_cls=dict(type='mmdet.CrossEntropyLoss'),
                loss_bbox=dict(type='mmdet.L1Loss'),
            ),
            dict(
                type='mmdet.Shared2FCBBoxHead',
                in_channels=64,
                fc_out_channels=128,
                num_classes=1,
                reg_class_agnostic=True,
                bbox_coder=dict(
                    type='mmdet.DeltaXYWHBBoxCoder',
                    target_stds=[0.05, 0.05, 0.1, 0.1],
                ),
                loss_cls=dict(type='mmdet.CrossEntropyLoss'),
                loss_bbox=dict(type='mmdet.L1Loss'),
            ),
            dict(
                type='mmdet.Shared2FCBBoxHead',
                in_channels=64,
                fc_out_channels=128,
                num_classes=1,
                reg_class_agnostic=True,
                bbox_coder=dict(
                    type='mmdet.DeltaXYWHBBoxCoder',
                    target_stds=[0.0333, 0.0333, 0.0667, 0.0667],
                ),
                loss_cls=dict(type='mmdet.CrossEntropyLoss'),
                loss_bbox=dict(type='mmdet.L1Loss'),
            ),
        ],
        mask_roi_extractor=dict(
            type='mmdet.SingleRoIExtractor',
            roi_layer=dict(type='RoIAlign', output_size=14, sampling_ratio=0),
            out_channels=64,
            featmap_strides=[4, 8, 16],
            finest_scale=20,
        ),
        mask_head=dict(
            type='mmdet.FCNMaskHead',
            num_convs=2,
            in_channels=64,
            conv_out_channels=64,
            num_classes=1,
            loss_mask=dict(type='mmdet.CrossEntropyLoss', use_mask=True),
        ),
    ),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(
                type='mmdet.MaxIoUAssigner',
                pos_iou_thr=0.7,
                neg_iou_thr=0.3,
                min_pos_iou=0.0,
                match_low_quality=True,
            ),
            sampler=dict(
                type='mmdet.RandomSampler',
                num=64,
                pos_fraction=0.5,
                add_gt_as_proposals=False,
            ),
            allowed_border=-1,
            pos_weight=-1,
        ),
        rpn_proposal=dict(
            nms_pre=300,
            max_per_img=300,
            nms=dict(type='nms', iou_threshold=0.7),
            min_bbox_size=0,
        ),
        rcnn=[
            dict(
                assigner=dict(
                    type='mmdet.MaxIoUAssigner',
                    pos_iou_thr=0.5,
                    neg_iou_thr=0.5,
                    min_pos_iou=0.5,
                    match_low_quality=False,
                ),
                sampler=dict(
                    type='mmdet.RandomSampler',
                    num=64,
                    pos_fraction=0.25,
                    add_gt_as_proposals=True,
                ),
                mask_size=28,
                pos_weight=-1,
            ),
            dict(
                assigner=dict(
                    type='mmdet.MaxIoUAssigner',
                    pos_iou_thr=0.6,
                    neg_iou_thr=0.6,
                    min_pos_iou=0.6,
                    match_low_quality=False,
                ),
                pos_weight=-1,
            ),
            dict(
                assigner=dict(
                    type='mmdet.MaxIoUAssigner',
                    pos_iou_thr=0.7,
                    neg_iou_thr=0.7,
                    min_pos_iou=0.7,
                    match_low_quality=False,
                ),
                pos_weight=-1,
            ),
        ],
    ),
    test_cfg=dict(
        rpn=dict(
            nms_pre=200,
            max_per_img=100,
            nms=dict(type='nms', iou_threshold=0.7),
            min_bbox_size=0,
        ),
        rcnn=dict(
            score_thr=0.05,
            nms=dict(type='nms', iou_threshold=0.5),
            max_per_img=20,
            mask_thr_binary=0.5,
        ),
    ),
)

# MaskCut of the base file; nothing is named
labelling = dict(
    out='{{$MMSELFSHOT_DATA:data}}/toyvis/maskcut.json',
    classes=['object'],
    namer=None,
    filters=[dict(type='ScoreFilter', mask_thr=0.2, nms_iou=0.5)],
)
train_dataloader = dict(
    batch_size=8,
    dataset=dict(ann_file='maskcut.json', labelled='with_masks'),
)
# no labels to validate on
val_dataloader = None
val_evaluator = None
test_dataloader = None
test_evaluator = None

max_iters = 1000
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=max_iters)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(
        custom_keys={'backbone': dict(lr_mult=0.5)}, norm_decay_mult=0.0
    ),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
# so that little is lost where a training is interrupted
default_hooks = dict(checkpoint=dict(interval=100))
