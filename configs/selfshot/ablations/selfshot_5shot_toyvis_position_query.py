# Tab. 9, positions in the query's branch.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(position=['query'])
