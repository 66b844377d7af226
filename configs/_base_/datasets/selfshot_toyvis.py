# Episodes of a ToyVIS world of level fewshot; frames stay at their own
# 80x128 pixels. All numbers are ours. Make the file of pairs with
#   python tools/dataset_tools/make_support_pairs.py \
#       data/toyvis_fewshot/fewshot_queries.json \
#       --pool-truth data/toyvis_fewshot/pool_truth.json \
#       --out data/toyvis_fewshot/pairs_queries.json
data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis_fewshot/'

train_dataloader = dict(
    batch_size=11,  # the fuser learns from many episodes, short ones do
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='VideoTrainSampler'),
    dataset=dict(
        type='EpisodeDataset',
        data_root=data_root,
        ann_file='fewshot_train.json',
        data_prefix=dict(img='fewshot_train/JPEGImages/'),
        split='split.json',
        num_frames=3,
        support_frames=1,
        num_supports=2,
        pipeline=[
            dict(type='FlipEpisode', prob=0.5, vertical_prob=0.5),
            dict(type='BlankSupports', prob=0.1),
            dict(type='PackEpisode'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='VideoTestSampler'),
    dataset=dict(
        type='EpisodeDataset',
        data_root=data_root,
        ann_file='fewshot_queries.json',
        data_prefix=dict(img='fewshot_queries/JPEGImages/'),
        split='split.json',
        pairs='pairs_queries.json',
        pool='pool.csv',
        num_frames=3,
        support_frames=5,  # one of each shot of a clip
        max_supports=5,
        protocol='paper',
        test_mode=True,
        pipeline=[
            dict(type='ResizeEpisode', size=(80, 128)),  # of one's own videos
            dict(type='PackEpisode'),
        ],
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type='EpisodeMetric', ann_file=data_root + 'fewshot_queries.json'
)
test_evaluator = val_evaluator
