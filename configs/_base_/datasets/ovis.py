# OVIS, as YouTube-VIS 2019. Make the two files of the held-out split with
#   python tools/dataset_tools/split_videos.py \
#       data/ovis/annotations/annotations_train.json
# For the published setting train on the whole train set,
#   train_dataloader.dataset.ann_file='annotations/annotations_train.json'
_base_ = './ytvis19.py'

data_root = '{{$MMSELFSHOT_DATA:data}}/ovis/'
classes = 'ovis'

train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/annotations_train_train.json',
        data_prefix=dict(img='train'),
        classes=classes,
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/annotations_train_heldout.json',
        data_prefix=dict(img='train'),
        classes=classes,
    )
)
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/annotations_valid.json',
        data_prefix=dict(img='valid'),
        classes=classes,
    )
)
val_evaluator = dict(
    ann_file=data_root + 'annotations/annotations_train_heldout.json'
)
test_evaluator = dict(
    ann_file=data_root + 'annotations/annotations_valid.json',
    outfile_prefix='work_dirs/ovis_valid/results',
)
