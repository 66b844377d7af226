# The supervised reference of uvis_toyvis.py: the same network, start and
# schedule, on the true labels.
_base_ = ['../minvis/minvis_toyvis.py']

model = dict(
    backbone=dict(
        init_cfg=dict(checkpoint='mmselfshot://toy_dino_resnet18.pth')
    ),
)
