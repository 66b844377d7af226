# UVIS on a few real clips where no DINO or CLIP file is at hand: masks of
# hand-made features, one class, the small network. It shows that the whole
# way runs on real frames and claims nothing else. All numbers are ours.
_base_ = [
    '../minvis/minvis_real_clips.py',
    './_base_/proposals_hand_made.py',
]

data_root = '{{$MMSELFSHOT_DATA:data}}/real_vis/'
classes = ('object',)
labelling = dict(
    out=data_root + 'uvis_pseudo.json',
    videos=dict(root=data_root + 'JPEGImages', ann_file=None),
    classes=['object'],
    num_processes=2,
    filters=[
        dict(
            type='ScoreFilter',
            mask_thr=0.0,
            clip_thr=0.0,
            max_per_frame=20,
            nms_iou=0.8,
        ),
    ],
)

model = dict(
    type='UVIS',
    backbone=dict(
        init_cfg=dict(checkpoint='mmselfshot://toy_resnet18_named.pth')
    ),
    head=dict(
        type='UVISHead', drop_mask_iou=None, num_classes=1, num_queries=20
    ),
    tracker=dict(type='MemoryBankTracker', lam=0.5),
)
train_dataloader = dict(
    dataset=dict(ann_file='uvis_pseudo.json', classes=classes)
)
test_dataloader = dict(dataset=dict(classes=classes))
# no labels to validate on
val_dataloader = None
val_evaluator = None
val_cfg = None

max_iters = 200
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
