# DINO on ToyVIS stills: the backbone that UVIS on ToyVIS starts from, run by
# tools/dataset_tools/train_toy_dino.py. All numbers are ours.
# Views of all stills keep most of their colours here too: without them the
# neighbours of a picture tell less than those of random weights.
_base_ = './dino_vit_stills.py'
disturb = dict(colour=(0.2, 0.2, 0.2), hue=0.03, blur=0.3, noise=8.0)
max_epochs = 6
num_updates = 1500  # max_epochs of 4000 stills by 16

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
    dense_level=2,
    num_updates=num_updates,
    use_bfloat16=False,
)
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
