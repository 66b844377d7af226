# Tab. 8, 2 layers of the decoder instead of 6. Five supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(decoder=dict(num_layers=2))
train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
