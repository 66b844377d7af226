# Tab. 9, positions in the encoder of the supports.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(position=['support'])
