# Tab. 9, no position in an encoder.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(position=[])
