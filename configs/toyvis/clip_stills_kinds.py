# Stage 2 of a small CLIP: starts from the weights of clip_stills.py, and most
# captions name the kind alone. All numbers are ours.
_base_ = './clip_stills.py'

train_dataloader = dict(dataset=dict(bare_prob=0.85))

max_epochs = 6
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.01,
        by_epoch=False,
        begin=0,
        end=100,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
