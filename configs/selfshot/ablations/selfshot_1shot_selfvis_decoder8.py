# Tab. 8, 8 layers of the decoder instead of 6.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(decoder=dict(num_layers=8))
