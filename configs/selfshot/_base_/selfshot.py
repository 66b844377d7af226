# The network and the optimiser of Self-Shot VIS at the paper's sizes: Sec. 5,
# implementation details, and App. A.3. What it does not give is VisTR's.
_base_ = ['../../_base_/default_runtime.py']

dims = 288  # paper, as the layers and heads
model = dict(
    type='SelfShotVIS',
    data_preprocessor=dict(type='EpisodePreprocessor'),
    backbone=dict(  # paper: without the last stage, the fourth dilated
        type='mmdet.ResNet',
        depth=50,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 2),
        out_indices=(0, 1, 2),
        frozen_stages=1,
        norm_cfg=dict(type='BN', requires_grad=False),
        norm_eval=True,
        style='pytorch',
        init_cfg=dict(  # made by tools/model_converters/coco_backbone.py
            type='Pretrained',
            checkpoint='{{$MMSELFSHOT_DATA:data}}/pretrained/r50_coco.pth',
        ),
    ),
    in_channels=1024,
    dims=dims,
    num_slots=10,  # paper
    num_frames=32,  # paper
    # ours: layers are computed again in the backward pass, so that a step
    # fits in 24 GB; no result changes
    encoder=dict(
        num_layers=6,
        num_heads=8,
        ffn_dims=2048,
        dropout=0.1,
        is_checkpointed=True,
    ),
    fuser=dict(
        num_layers=3,
        num_heads=8,
        ffn_dims=2048,
        dropout=0.1,
        is_checkpointed=True,
    ),
    decoder=dict(num_layers=6, num_heads=8, ffn_dims=2048, dropout=0.1),
    segmenter=dict(
        num_heads=8,
        channels=(192, 96, 48, 24),
        level_channels=(256, 512),
        slots_at_once=2,  # ours, these two bound the memory
        has_checkpoints=True,
    ),
    loss=dict(type='SequenceSetLoss', no_object_weight=0.1),
    position=['query', 'support'],  # paper, Tab. 9
    support_encoding='separate',  # ours, see docs/selfshot.md
    # ours, see docs/selfshot.md
    bfloat16_on=('cuda',),
    support_cache=dict(max_bytes=2 << 30),
)

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-4),  # lr: paper
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}),  # paper
    clip_grad=dict(max_norm=0.1),
)
