# Pictures with MaskCut's masks for CutLER's training: ImageNet in the paper;
# any pictures or frames will do, see README.md.
data_root = '{{$MMSELFSHOT_DATA:data}}/imagenet/'

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    dict(
        type='ResizeClip',
        # CutLER: short edges 240 to 1024
        short_edges=(240, 320, 480, 640, 672, 704, 736, 768, 800, 1024),
        max_long_edge=1333,
    ),
    dict(
        type='mmdet.TransformBroadcaster',
        share_random_params=True,
        transforms=[dict(type='mmdet.RandomFlip', prob=0.5)],
    ),
    dict(type='PackClipInputs'),
]
train_dataloader = dict(
    batch_size=2,  # CutLER: 16 pictures per step, here on 8 GPUs
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='VideoTrainSampler'),
    batch_sampler=dict(type='VideoAspectRatioBatchSampler'),
    dataset=dict(
        type='VideoInstanceDataset',
        data_root=data_root,
        ann_file='maskcut.json',
        data_prefix=dict(img='train'),
        num_frames=1,
        labelled='with_masks',
        pipeline=train_pipeline,
    ),
)
