# DINO on ToyVIS stills: the backbone that UVIS on ToyVIS starts from, run by
# tools/dataset_tools/train_toy_dino.py. All numbers are ours.
# Its views lose their colours, because colours say nothing about a kind.
_base_ = './dino_vit_stills.py'
disturb = dict(
    colour=(0.4, 0.4, 0.4), hue=0.5, grey_prob=0.2, blur=0.3, noise=8.0
)
max_epochs = 6
num_updates = 750  # max_epochs of 4000 stills by 32

model = dict(
    backbone=dict(
        _delete_=True,
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=False,
    ),
    num_channels=(192, 96),
    large=dict(side=96, scale=(0.4, 0.9), **disturb),
    small=dict(side=48, scale=(0.2, 0.4), **disturb),
    num_small=4,
    dense_weight=0.5,
    dense_level=2,
    jitter=0.0,
    num_updates=num_updates,
    use_bfloat16=False,
)
train_dataloader = dict(batch_size=32)
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.02,
        by_epoch=False,
        begin=0,
        end=50,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
