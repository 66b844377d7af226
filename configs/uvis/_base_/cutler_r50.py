# The detector of CutLER: detectron2's Cascade Mask R-CNN, R-50 with FPN, one
# class. Numbers: CutLER's released config, else detectron2's defaults.
# `model = _base_.cutler_model` takes it over, so that other models can have it
# as their proposer.
cutler_model = dict(
    type='CutLERDetector',
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
        depth=50,
        out_indices=(0, 1, 2, 3),
        frozen_stages=-1,
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=False,
        style='pytorch',
    ),
    neck=dict(
        type='mmdet.FPN',
        in_channels=[256, 512, 1024, 2048],
        out_channels=256,
        num_outs=5,
        norm_cfg=dict(type='BN', requires_grad=True),
    ),
    rpn_head=dict(
        type='mmdet.RPNHead',
        in_channels=256,
        feat_channels=256,
        anchor_generator=dict(
            type='mmdet.AnchorGenerator',
            scales=[8],
            ratios=[0.5, 1.0, 2.0],
            strides=[4, 8, 16, 32, 64],
        ),
        bbox_coder=dict(
            type='mmdet.DeltaXYWHBBoxCoder',
            target_means=[0.0, 0.0, 0.0, 0.0],
            target_stds=[1.0, 1.0, 1.0, 1.0],
        ),
        loss_cls=dict(type='mmdet.CrossEntropyLoss', use_sigmoid=True),
        loss_bbox=dict(type='mmdet.L1Loss'),
    ),
    roi_head=dict(
        type='mmselfshot.CutLERRoIHead',  # built by mmdet, hence the scope
        num_stages=3,
        stage_loss_weights=[1, 1, 1],
        drop_loss_iou_thr=0.01,
        bbox_roi_extractor=dict(
            type='mmdet.SingleRoIExtractor',
            roi_layer=dict(type='RoIAlign', output_size=7, sampling_ratio=0),
            out_channels=256,
            featmap_strides=[4, 8, 16, 32],
        ),
        bbox_head=[
            dict(
                type='mmdet.Shared2FCBBoxHead',
                in_channels=256,
                fc_out_channels=1024,
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
                in_channels=256,
                fc_out_channels=1024,
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
                in_channels=256,
                fc_out_channels=1024,
                num_classes=1,
                reg_class_agnostic=True,
                bbox_coder=dict(
                    type='mmdet.DeltaXYWHBBoxCoder',
                    # detectron2 writes 1 / 30 and 1 / 15
                    target_stds=[
                        0.0333333333,
                        0.0333333333,
                        0.0666666667,
                        0.0666666667,
                    ],
                ),
                loss_cls=dict(type='mmdet.CrossEntropyLoss'),
                loss_bbox=dict(type='mmdet.L1Loss'),
            ),
        ],
        mask_roi_extractor=dict(
            type='mmdet.SingleRoIExtractor',
            roi_layer=dict(type='RoIAlign', output_size=14, sampling_ratio=0),
            out_channels=256,
            featmap_strides=[4, 8, 16, 32],
        ),
        mask_head=dict(
            type='mmdet.FCNMaskHead',
            num_convs=4,
            in_channels=256,
            conv_out_channels=256,
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
                num=256,
                pos_fraction=0.5,
                add_gt_as_proposals=False,
            ),
            allowed_border=-1,
            pos_weight=-1,
        ),
        rpn_proposal=dict(
            nms_pre=2000,
            max_per_img=4000,
            nms=dict(type='nms', iou_threshold=0.65),
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
                    num=512,
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
            nms_pre=1000,
            max_per_img=1000,
            nms=dict(type='nms', iou_threshold=0.65),
            min_bbox_size=0,
        ),
        rcnn=dict(
            score_thr=0.0,
            nms=dict(type='nms', iou_threshold=0.5),
            max_per_img=100,
            mask_thr_binary=0.5,
        ),
    ),
)
