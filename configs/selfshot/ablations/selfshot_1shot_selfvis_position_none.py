# Tab. 9, no position in an encoder.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(position=[])
