# The paper's schedule for the retriever (Sec. 5, implementation details).
_base_ = [
    '../../_base_/datasets/pool_yt8m.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    type='Retriever',
    encoder=dict(  # paper: ViT-B/16 over uniformly sampled frames
        type='JointVideoTransformer',
        embed_dims=768,
        depth=12,
        num_heads=12,
        patch_size=16,
        clip_size=(224, 224),
        num_frames=5,
    ),
    head_dims=256,  # MoCo v3's; the paper names no head
    queue_length=1280,  # paper
    momentum=0.999,  # MoCo's; the paper gives none
    use_bfloat16=True,
)

# 40 epochs of 237,000 clips by 32, a tenth of the rate from epoch 25 on
max_iters = 296250
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=max_iters)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4),  # paper
)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[185156], gamma=0.1, by_epoch=False),
]
custom_hooks = [dict(type='IterationSeedHook'), dict(type='MomentumHook')]
default_hooks = dict(checkpoint=dict(interval=5000))
auto_scale_lr = dict(enable=False, base_batch_size=32)
