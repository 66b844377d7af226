# Tab. 9, positions in the supports' branch.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(position=['support'])
