# Ranking with the temperature that the paper prints below Eq. (7).
_base_ = ['retriever_rank_toyvis.py']

model = dict(loss=dict(tau=2.0))  # paper
