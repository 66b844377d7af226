# Tab. 3 and 10, fuser and decoder: no encoder.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(encoder=dict(num_layers=0))
