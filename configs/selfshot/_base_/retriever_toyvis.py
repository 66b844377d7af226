# A small retriever for ToyVIS fewshot, some minutes on one CPU core. All
# numbers are ours.
_base_ = [
    '../../_base_/datasets/pool_toyvis.py',
    '../../_base_/default_runtime.py',
]

max_iters = 500
model = dict(
    type='Retriever',
    encoder=dict(
        type='JointVideoTransformer',
        embed_dims=96,
        depth=4,
        num_heads=3,
        patch_size=8,
        clip_size=(64, 96),
        num_frames=2,
        pool='mean',
        has_frame_norm=True,  # else hue and light drown the rest for long
    ),
    head_dims=128,
    queue_length=384,  # 8 batches, as the paper's
    momentum=0.99,  # a short training needs a faster average
    num_updates=max_iters,
    use_bfloat16=True,
)

train_cfg = dict(type='ResumableIterTrainLoop', max_iters=max_iters)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0),
    clip_grad=dict(max_norm=3.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
custom_hooks = [dict(type='IterationSeedHook'), dict(type='MomentumHook')]
default_hooks = dict(checkpoint=dict(interval=250))
auto_scale_lr = dict(enable=False, base_batch_size=16)
