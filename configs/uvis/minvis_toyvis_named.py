# The supervised reference of uvis_toyvis.py: the same network, start and
# schedule, on the true labels.
_base_ = ['../minvis/minvis_toyvis.py']

model = dict(
    backbone=dict(
        # taught on stills by the toy CLIP, see toy_resnet18_named.json
        init_cfg=dict(checkpoint='mmselfshot://toy_resnet18_named.pth')
    ),
)
# shorter than minvis_toyvis.py: the demo makes its labels as well
max_iters = 700
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
