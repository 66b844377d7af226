# Tab. 9, no position.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(position=[])
