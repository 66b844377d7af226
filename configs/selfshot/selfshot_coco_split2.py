# The same for split 2 of the classes.
_base_ = ['selfshot_coco_split1.py']

train_dataloader = dict(dataset=dict(split=2))
val_dataloader = dict(dataset=dict(split=2))
test_dataloader = dict(dataset=dict(split=2))
