# The same clips when objects beside the labelled ones are to be found too:
# what nobody labelled is blurred instead of being taught as background, and
# labelled objects are pasted elsewhere. All numbers are ours.
_base_ = ['./minvis_real_clips.py']

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadFrameAnnotations'),
    dict(type='BlurUnlabelled', margin=0.4),
    dict(
        type='mmdet.TransformBroadcaster',
        share_random_params=True,
        transforms=[dict(type='mmdet.RandomFlip', prob=0.5)],
    ),
    dict(type='ResizeClip', short_edges=[320], max_long_edge=1333),
    dict(type='PackClipInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

model = dict(
    data_preprocessor=dict(
        batch_augments=[
            dict(
                type='CopyPaste',
                donors='all',
                max_objects=5,
                scales=(0.5, 1.3),
                flip_prob=0.5,
                prob=0.8,
            )
        ]
    ),
    head=dict(num_points=2048, no_object_weight=0.1),
)
max_iters = 250
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False),
]
