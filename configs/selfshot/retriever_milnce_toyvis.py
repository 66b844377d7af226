# MIL-NCE on ToyVIS fewshot.
_base_ = ['_base_/retriever_toyvis.py']

model = dict(loss=dict(type='MILNCELoss', tau=0.07))  # MoCo's tau
