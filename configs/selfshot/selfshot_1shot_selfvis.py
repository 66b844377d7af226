# Self-Shot VIS with one support on Self-VIS, the paper's schedule.
_base_ = ['_base_/selfshot.py', '../_base_/datasets/selfvis.py']

# paper: 20 epochs, a tenth of the rate from epoch 14 on; 1,651 videos
max_iters = 33020
train_cfg = dict(
    type='ResumableIterTrainLoop', max_iters=max_iters, val_interval=max_iters
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
param_scheduler = [
    dict(type='MultiStepLR', milestones=[23114], gamma=0.1, by_epoch=False),
]
