# Stage 3 of a small CLIP: pictures as they are in the boxes of a video, with
# clutter behind and other things in front. All numbers are ours.
_base_ = './clip_stills_kinds.py'

stills = '{{$MMSELFSHOT_DATA:data}}/toyvis_captions/'
model = dict(data_preprocessor=dict(cut_prob=0.5))
train_dataloader = dict(
    dataset=dict(data_roots=[stills + 'side48', stills + 'clutter56'])
)

max_epochs = 5
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
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
