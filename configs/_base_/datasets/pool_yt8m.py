# The pool of Self-Shot VIS: YouTube-8M Segments, 237,000 clips of 5 seconds,
# as videos of your own; pool.csv names them (path,start,end,source). No label
# is read. Augmentation: MoCo v2's, since the paper states none.
train_dataloader = dict(
    batch_size=4,  # paper: 32 videos, on 8 GPUs
    num_workers=8,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='VideoTrainSampler'),
    dataset=dict(
        type='PoolClipDataset',
        pool='{{$MMSELFSHOT_DATA:data}}/yt8m_segments/pool.csv',
        num_crops=5,  # paper: 160 segments of 32 videos
        num_frames=5,  # paper
        crop_share=0.2,  # ours: one second
        pipeline=[
            dict(
                type='ClipAugmentation',
                size=(224, 224),  # paper
                crop_scale=(0.2, 1.0),
                flip_prob=0.5,
                jitter=(0.4, 0.4, 0.4, 0.1),
                jitter_prob=0.8,
                grey_prob=0.2,
                blur_prob=0.5,
                blur_sigma=(0.1, 2.0),
            ),
        ],
    ),
)
val_dataloader = None
val_evaluator = None
val_cfg = None
test_dataloader = None
test_evaluator = None
test_cfg = None
