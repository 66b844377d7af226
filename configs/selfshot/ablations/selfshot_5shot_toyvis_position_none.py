# Tab. 9, no position.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(position=[])
