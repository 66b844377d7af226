# The same with five supports.
_base_ = ['selfshot_1shot_selfvis.py']

train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
