# All frames of all supports as one sequence, as printed. Five supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(support_encoding='joint', support_cache=None)
train_dataloader = dict(dataset=dict(num_supports=5))
val_dataloader = dict(dataset=dict(max_supports=5))
test_dataloader = dict(dataset=dict(max_supports=5))
