# The same for split 3 of the classes.
_base_ = ['selfshot_coco_split1.py']

train_dataloader = dict(dataset=dict(split=3))
val_dataloader = dict(dataset=dict(split=3))
test_dataloader = dict(dataset=dict(split=3))
