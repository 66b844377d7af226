# MinVIS on ResNet-50. A config that uses this names data, schedule, number
# of classes and the weights to start from.
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
        depth=50,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        frozen_stages=-1,
        norm_cfg=dict(type='BN', requires_grad=False),
        norm_eval=True,
        style='pytorch',
    ),
    # all sizes and loss weights not stated are the published ones, which
    # are the head's defaults
    head=dict(
        type='MinVISHead',
        num_classes=40,
        in_channels=[256, 512, 1024, 2048],
        num_queries=100,
    ),
    tracker=dict(type='MinVISTracker'),
    test_cfg=dict(num_tracks=10),
)

# no decay on norms and on the learned queries and level embeddings; the
# pixel decoder's own level embedding (level_encoding) does decay, because
# it is a plain parameter in the published program
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=0.01, norm_type=2),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        custom_keys={
            'backbone': dict(lr_mult=0.1),
            'query_feat': dict(decay_mult=0.0),
            'query_embed': dict(decay_mult=0.0),
            'level_embed': dict(decay_mult=0.0),
        },
    ),
)
# the published schedules are for 32 videos per step
auto_scale_lr = dict(enable=False, base_batch_size=32)

train_cfg = dict(type='ResumableIterTrainLoop')
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
