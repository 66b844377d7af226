# The pool of a ToyVIS world of level fewshot: clips and the name of the video
# that each was cut from, no label. All numbers are ours.
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='VideoTrainSampler'),
    dataset=dict(
        type='PoolClipDataset',
        pool='{{$MMSELFSHOT_DATA:data}}/toyvis_fewshot/pool.csv',
        num_crops=3,
        num_frames=2,
        crop_share=0.4,
        positives='source',
        pipeline=[
            dict(
                type='ClipAugmentation',
                size=(64, 96),
                crop_scale=(0.4, 1.0),
                flip_prob=0.5,
                jitter=(0.4, 0.4, 0.4, 0.1),
                jitter_prob=0.8,
                grey_prob=0.2,
                blur_prob=0.3,
                blur_sigma=(0.3, 1.0),
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
