# Tab. 3 and 10, encoder and decoder: no fuser.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(fuser=dict(num_layers=0))
