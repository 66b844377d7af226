# YouTube-VIS 2021. The labels of the official valid set are closed, so a
# part of the train set is held out for validation; make the two files with
#   python tools/dataset_tools/split_videos.py \
#       data/ytvis_2021/train/instances.json
# For the published setting train on the whole train set,
#   train_dataloader.dataset.ann_file='train/instances.json'
# Validation then sees training videos and says nothing.
dataset_type = 'VideoInstanceDataset'
data_root = '{{$MMSELFSHOT_DATA:data}}/ytvis_2021/'
classes = 'ytvis21'

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    # MinVIS: shortest edge 360 or 480, longest at most 1333, flip .5
    dict(type='ResizeClip', short_edges=(360, 480), max_long_edge=1333),
    dict(
        type='mmdet.TransformBroadcaster',
        share_random_params=True,
        transforms=[dict(type='mmdet.RandomFlip', prob=0.5)],
    ),
    dict(type='PackClipInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeClip', short_edges=360, max_long_edge=1333),
    dict(type='PackClipInputs'),
]

train_dataloader = dict(
    batch_size=4,  # MinVIS: 32 videos per step, here on 8 GPUs
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='VideoTrainSampler'),
    batch_sampler=dict(type='VideoAspectRatioBatchSampler'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='train/instances_train.json',
        data_prefix=dict(img='train/JPEGImages/'),
        classes=classes,
        num_frames=1,  # MinVIS trains on single frames
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='VideoTestSampler'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='train/instances_heldout.json',
        data_prefix=dict(img='train/JPEGImages/'),
        classes=classes,
        test_mode=True,
        window=1,
        pipeline=test_pipeline,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='VideoTestSampler'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='valid/instances.json',
        data_prefix=dict(img='valid/JPEGImages/'),
        classes=classes,
        test_mode=True,
        window=1,
        pipeline=test_pipeline,
    ),
)

val_evaluator = dict(
    type='VISMetric',
    ann_file='{{$MMSELFSHOT_DATA:data}}/ytvis_2021/train/instances_heldout.json',
)
# the file has no labels: writes results.json and the zip to submit
test_evaluator = dict(
    type='VISMetric',
    ann_file='{{$MMSELFSHOT_DATA:data}}/ytvis_2021/valid/instances.json',
    format_only=True,
    outfile_prefix='work_dirs/ytvis_2021_valid/results',
)
