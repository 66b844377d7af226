# Tab. 3 and 10, the decoder alone: no encoder and no fuser. Five supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(encoder=dict(num_layers=0), fuser=dict(num_layers=0))
train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
