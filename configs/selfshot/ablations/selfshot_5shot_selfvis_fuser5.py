# Tab. 8, 5 layers of the fuser instead of 3. Five supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(fuser=dict(num_layers=5))
train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
