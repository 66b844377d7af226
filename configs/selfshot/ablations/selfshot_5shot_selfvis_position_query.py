# Tab. 9, positions in the encoder of the query. Five supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(position=['query'])
train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
