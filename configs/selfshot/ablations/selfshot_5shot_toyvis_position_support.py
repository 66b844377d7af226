# Tab. 9, positions in the encoder of the supports.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(position=['support'])
