# An encoder that is used as it is, behind the interface of a trained one.
_base_ = ['../../_base_/default_runtime.py']

model = dict(type='Retriever')
