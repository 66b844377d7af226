# One-shot segmentation of images by images, split 1 of COCO's classes, the
# paper's Tab. 12 (img->img).
_base_ = ['_base_/selfshot.py', '../_base_/datasets/coco_episodes.py']

model = dict(
    num_frames=1,
    backbone=dict(  # paper: pretrained on ImageNet
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50'),
    ),
)
# ours: 20 epochs as for videos, of some 110,000 images in batches of 8
max_iters = 275000
train_cfg = dict(
    type='ResumableIterTrainLoop', max_iters=max_iters, val_interval=max_iters
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
param_scheduler = [
    dict(type='MultiStepLR', milestones=[192500], gamma=0.1, by_epoch=False),
]
