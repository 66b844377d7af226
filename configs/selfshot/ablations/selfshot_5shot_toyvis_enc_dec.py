# Tab. 3 and 10, encoder and decoder: no fuser.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(fuser=dict(num_layers=0))
