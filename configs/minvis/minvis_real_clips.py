# The small MinVIS on a few real clips with sparse labels: 480 pixels high,
# two CPU cores, below 20 minutes. All numbers are ours.
# Labels: any YouTube-VIS file; here each frame with a mask is labelled.
_base_ = ['./minvis_toyvis.py']

data_root = '{{$MMSELFSHOT_DATA:data}}/real_vis/'
classes = ('person', 'bicycle')

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    dict(type='ResizeClip', short_edges=[360, 480], max_long_edge=1333),
    dict(
        type='mmdet.TransformBroadcaster',
        share_random_params=True,
        transforms=[dict(type='mmdet.RandomFlip', prob=0.5)],
    ),
    dict(type='PackClipInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeClip', short_edges=[480], max_long_edge=1333),
    dict(type='PackClipInputs'),
]
dataset = dict(
    data_root=data_root,
    ann_file='instances.json',
    data_prefix=dict(img='JPEGImages/'),
    classes=classes,
    labelled='with_masks',
)
train_dataloader = dict(
    batch_size=2, dataset=dict(pipeline=train_pipeline, **dataset)
)
val_dataloader = dict(
    dataset=dict(pipeline=test_pipeline, window=1, **dataset)
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'instances.json')
test_evaluator = val_evaluator

model = dict(head=dict(num_classes=2, num_points=4096))
max_iters = 500
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
