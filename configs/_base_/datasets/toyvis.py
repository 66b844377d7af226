# ToyVIS, made by tools/dataset_tools/make_toyvis.py; frames stay at their
# own 96x160 pixels. All numbers are ours, see docs/toyvis.md.
dataset_type = 'VideoInstanceDataset'
data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis/'

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    dict(
        type='mmdet.TransformBroadcaster',
        share_random_params=True,
        transforms=[dict(type='mmdet.RandomFlip', prob=0.5)],
    ),
    dict(type='PackClipInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='PackClipInputs'),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='VideoTrainSampler'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='train.json',
        data_prefix=dict(img='train/JPEGImages/'),
        num_frames=1,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='VideoTestSampler'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='val.json',
        data_prefix=dict(img='val/JPEGImages/'),
        test_mode=True,
        window=8,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type='VISMetric', ann_file='{{$MMSELFSHOT_DATA:data}}/toyvis/val.json'
)
test_evaluator = val_evaluator
