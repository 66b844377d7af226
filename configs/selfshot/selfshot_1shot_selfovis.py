# Self-Shot VIS with one support on Self-OVIS, the paper's schedule.
_base_ = ['_base_/selfshot.py', '../_base_/datasets/selfovis.py']

# paper: 20 epochs, a tenth of the rate from epoch 14 on; 449 videos
max_iters = 8980
train_cfg = dict(
    type='ResumableIterTrainLoop', max_iters=max_iters, val_interval=max_iters
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
param_scheduler = [
    dict(type='MultiStepLR', milestones=[6286], gamma=0.1, by_epoch=False),
]
