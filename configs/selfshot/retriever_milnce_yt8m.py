# Row (e) of the paper's Tab. 1: MIL-NCE, Eq. (1).
_base_ = ['_base_/retriever_yt8m.py']

model = dict(loss=dict(type='MILNCELoss', tau=0.07))  # MoCo's tau
