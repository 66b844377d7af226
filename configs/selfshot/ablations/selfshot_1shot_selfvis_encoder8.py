# Tab. 8, 8 layers of the encoder instead of 6.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(encoder=dict(num_layers=8))
