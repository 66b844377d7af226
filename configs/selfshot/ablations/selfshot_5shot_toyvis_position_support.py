# Tab. 9, positions in the supports' branch.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(position=['support'])
