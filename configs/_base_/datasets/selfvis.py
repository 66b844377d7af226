# Self-VIS: the videos of YouTube-VIS 2019 with one class, 30 classes to train
# on and 10 to test on. Make the fixed pairs of the test with
#   python tools/dataset_tools/make_support_pairs.py \
#       data/ytvis_2019/train.json --split self-vis --k 10 \
#       --out data/ytvis_2019/pairs_self-vis.json
# or put any file of that form there, such as retrieved supports, and set
# test_dataloader.dataset.pool to the clips that it names.
data_root = '{{$MMSELFSHOT_DATA:data}}/ytvis_2019/'

train_dataloader = dict(
    batch_size=1,  # ours: the paper does not say
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='VideoTrainSampler'),
    dataset=dict(
        type='EpisodeDataset',
        data_root=data_root,
        ann_file='train.json',
        data_prefix=dict(img='train/JPEGImages/'),
        split='self-vis',
        num_frames=32,  # paper
        support_frames=24,  # paper
        num_supports=1,
        pipeline=[
            dict(type='ResizeEpisode', size=(280, 320)),  # paper
            # flip and colours: ours, after VisTR
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
        type='EpisodeDataset',
        data_root=data_root,
        ann_file='train.json',
        data_prefix=dict(img='train/JPEGImages/'),
        split='self-vis',
        pairs='pairs_self-vis.json',
        num_frames=32,
        support_frames=24,
        max_supports=1,
        protocol='paper',
        test_mode=True,
        pipeline=[
            dict(type='ResizeEpisode', size=(280, 320)),
            dict(type='PackEpisode'),
        ],
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='EpisodeMetric', ann_file=data_root + 'train.json')
test_evaluator = val_evaluator
