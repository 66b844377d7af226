# Tab. 9, positions in the query's branch.
_base_ = ['../selfshot_1shot_selfvis.py']

model = dict(position=['query'])
