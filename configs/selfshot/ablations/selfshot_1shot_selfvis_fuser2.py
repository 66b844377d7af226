# Tab. 8, 2 layers of the fuser instead of 3.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(fuser=dict(num_layers=2))
