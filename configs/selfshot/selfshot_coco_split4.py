# The same for split 4 of the classes.
_base_ = ['selfshot_coco_split1.py']

train_dataloader = dict(dataset=dict(split=4))
val_dataloader = dict(dataset=dict(split=4))
test_dataloader = dict(dataset=dict(split=4))
