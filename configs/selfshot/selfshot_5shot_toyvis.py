# Self-Shot VIS on ToyVIS fewshot, two CPU cores, minutes. All numbers are
# ours, see docs/selfshot.md.
_base_ = [
    '_base_/selfshot_toyvis_model.py',
    '../_base_/datasets/selfshot_toyvis.py',
]

max_iters = 1000
train_cfg = dict(
    type='ResumableIterTrainLoop', max_iters=max_iters, val_interval=max_iters
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0),
    paramwise_cfg=dict(
        custom_keys={
            'episode_encoder.backbone': dict(lr_mult=0.1),
            # few channels and a norm before the logits: small steps take
            # a thousand iterations to tell a mask from its ground
            'segmenter': dict(lr_mult=12),
            'segmenter.attention': dict(lr_mult=1),
        },
    ),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
# so that little is lost where a training is interrupted
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=100))
