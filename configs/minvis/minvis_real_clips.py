# The small MinVIS on a few real clips with sparse labels: 320 pixels high,
# two CPU cores, below 20 minutes. All numbers are ours.
# Labels: any YouTube-VIS file; here each frame with a mask is labelled.
_base_ = ['./minvis_toyvis.py']

data_root = '{{$MMSELFSHOT_DATA:data}}/real_vis/'
classes = ('person', 'bicycle')

# No flip: with a handful of frames, where a thing stands tells it apart.
train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    dict(type='ResizeClip', short_edges=[320], max_long_edge=1333),
    dict(type='PackClipInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeClip', short_edges=[320], max_long_edge=1333),
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
    batch_size=4, dataset=dict(pipeline=train_pipeline, **dataset)
)
val_dataloader = dict(
    dataset=dict(pipeline=test_pipeline, window=1, **dataset)
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'instances.json')
test_evaluator = val_evaluator

# Objects in a labelled frame may be unlabelled: no-object weighs little.
model = dict(
    head=dict(
        num_classes=2,
        num_queries=12,
        num_points=4096,
        no_object_weight=0.05,
    ),
    test_cfg=dict(duplicate_iou=None),
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
max_iters = 500
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
