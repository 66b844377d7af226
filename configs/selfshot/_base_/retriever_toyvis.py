# A small retriever for ToyVIS fewshot, some minutes on one CPU core. All
# numbers are ours.
_base_ = [
    '../../_base_/datasets/pool_toyvis.py',
    '../../_base_/default_runtime.py',
]

max_iters = 1500
model = dict(
    type='Retriever',
    encoder=dict(
        type='JointVideoTransformer',
        embed_dims=96,
        depth=4,
        num_heads=3,
        patch_size=16,
        clip_size=(80, 128),
        num_frames=3,
        pool='mean',
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
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=100),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
custom_hooks = [dict(type='IterationSeedHook'), dict(type='MomentumHook')]
default_hooks = dict(checkpoint=dict(interval=500))
auto_scale_lr = dict(enable=False, base_batch_size=16)
