# Self-OVIS: OVIS, 17 classes to train on and 8 to test on, several classes in
# a video. Make the fixed pairs of the test with
#   python tools/dataset_tools/make_support_pairs.py \
#       data/ovis/annotations/annotations_train.json --split self-ovis \
#       --k 10 --out data/ovis/pairs_self-ovis.json
_base_ = './selfvis.py'

data_root = '{{$MMSELFSHOT_DATA:data}}/ovis/'

train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/annotations_train.json',
        data_prefix=dict(img='train'),
        split='self-ovis',
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/annotations_train.json',
        data_prefix=dict(img='train'),
        split='self-ovis',
        pairs='pairs_self-ovis.json',
    )
)
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=data_root + 'annotations/annotations_train.json')
test_evaluator = val_evaluator
