# YouTube-VIS 2021, as YouTube-VIS 2019. Make the two files of the held-out
# split with
#   python tools/dataset_tools/split_videos.py \
#       data/ytvis_2021/train/instances.json
# For the published setting train on the whole train set,
#   train_dataloader.dataset.ann_file='train/instances.json'
_base_ = './ytvis19.py'

data_root = '{{$MMSELFSHOT_DATA:data}}/ytvis_2021/'
classes = 'ytvis21'

train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='train/instances_train.json',
        classes=classes,
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='train/instances_heldout.json',
        classes=classes,
    )
)
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='valid/instances.json',
        classes=classes,
    )
)
val_evaluator = dict(ann_file=data_root + 'train/instances_heldout.json')
test_evaluator = dict(
    ann_file=data_root + 'valid/instances.json',
    outfile_prefix='work_dirs/ytvis_2021_valid/results',
)
