# All frames of all supports as one sequence, as printed.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(support_encoding='joint')
