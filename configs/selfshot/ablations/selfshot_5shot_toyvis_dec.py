# Tab. 3 and 10, the decoder alone: no encoder and no fuser.
_base_ = ['selfshot_5shot_toyvis_enc_dec.py']

model = dict(encoder=dict(num_layers=0))
