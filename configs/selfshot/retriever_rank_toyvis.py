# Differentiable ranking on ToyVIS fewshot.
_base_ = ['_base_/retriever_toyvis.py']

model = dict(loss=dict(type='RankingLoss', tau=0.05, mode='neglog_mean'))
