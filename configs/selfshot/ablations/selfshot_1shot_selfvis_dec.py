# Tab. 3 and 10, the decoder alone: no encoder and no fuser.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(encoder=dict(num_layers=0), fuser=dict(num_layers=0))
