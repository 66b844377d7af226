# Tab. 8, 4 layers of the encoder instead of 6. Five supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(encoder=dict(num_layers=4))
train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
