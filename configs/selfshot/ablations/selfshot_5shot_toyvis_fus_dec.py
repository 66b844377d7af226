# Tab. 3 and 10, fuser and decoder: no encoder.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(encoder=dict(num_layers=0))
