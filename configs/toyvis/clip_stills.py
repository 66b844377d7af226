# A small CLIP trained on captioned ToyVIS stills (level standard), stage 1 of
# 2, run by tools/dataset_tools/train_toy_clip.py. All numbers are ours.
# Backgrounds and colours are learnt here, and half of the kinds.
default_scope = 'mmselfshot'
data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis_captions/'

model = dict(
    type='CaptionContrast',
    data_preprocessor=dict(
        type='StillJitter',
        mean=[122.7709, 116.7460, 104.0937],  # of OpenAI's CLIP
        std=[68.5005, 66.6322, 70.3232],
    ),
    clip=dict(
        type='OpenCLIP',
        model_config=dict(
            embed_dim=64,
            vision_cfg=dict(
                image_size=64, layers=[1, 2, 2, 1], width=16, head_width=64
            ),
            text_cfg=dict(
                context_length=24,
                vocab_size=49408,
                width=16,
                heads=2,
                layers=2,
            ),
        ),
    ),
    kinds=[
        *('disc', 'triangle', 'star', 'ring', 'cross', 'crescent', 'arrow'),
        *('hourglass', 'square', 'heart', 'bolt', 'drop', 'leaf', 'gear'),
        *('flower', 'fish', 'ell', 'arch', 'key', 'mushroom'),
    ],
)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    drop_last=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
    dataset=dict(
        type='StillCaptionDataset',
        data_roots=[data_root + 'side64', data_root + 'side48'],
        split='train',
    ),
)
val_dataloader = dict(
    batch_size=128,
    num_workers=0,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
    dataset=dict(
        type='StillCaptionDataset',
        data_roots=[data_root + 'side64', data_root + 'side48'],
        split='val',
    ),
)
val_evaluator = dict(type='KindMetric')

max_epochs = 6
train_cfg = dict(
    type='mmengine.EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=3
)
val_cfg = dict(type='mmengine.ValLoop')
optim_wrapper = dict(
    type='mmengine.OptimWrapper',
    optimizer=dict(type='AdamW', lr=1.5e-3, weight_decay=0.05),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        custom_keys={'logit_scale': dict(decay_mult=0.0)},
    ),
)
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.01,
        by_epoch=False,
        begin=0,
        end=200,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        T_max=9,  # stage 2 goes on before the rate is 0
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    logger=dict(type='mmengine.LoggerHook', interval=50),
    checkpoint=dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=1),
)
randomness = dict(seed=0)
