# Image to image: episodes of COCO images, one of four splits of the classes.
data_root = '{{$MMSELFSHOT_DATA:data}}/coco/'
coco_split = 1

train_dataloader = dict(
    batch_size=8,  # ours: the paper does not say
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='VideoTrainSampler'),
    dataset=dict(
        type='CocoEpisodeDataset',
        data_root=data_root,
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'),
        split=coco_split,
        num_supports=1,
        pipeline=[
            dict(type='ResizeEpisode', size=(280, 320)),
            dict(type='FlipEpisode', prob=0.5),
            dict(
                type='ColourEpisode', jitter=(0.125, 0.5, 0.5, 0.05), prob=0.5
            ),
            dict(type='PackEpisode'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='VideoTestSampler'),
    dataset=dict(
        type='CocoEpisodeDataset',
        data_root=data_root,
        ann_file='annotations/instances_val2017.json',
        data_prefix=dict(img='val2017/'),
        split=coco_split,
        num_supports=1,
        test_mode=True,
        pipeline=[
            dict(type='ResizeEpisode', size=(280, 320)),
            dict(type='PackEpisode'),
        ],
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(  # paper: vis/class_mean_AP50
    type='CocoEpisodeMetric',
    ann_file=data_root + 'annotations/instances_val2017.json',
)
test_evaluator = val_evaluator
