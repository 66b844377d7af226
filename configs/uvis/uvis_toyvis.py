# UVIS on a ToyVIS world with clutter (level easy, max_clutter=3). All numbers
# are ours, see docs/uvis.md.
_base_ = [
    './minvis_toyvis_named.py',
    './_base_/labelling_toyvis.py',
]

model = dict(
    type='UVIS',
    head=dict(type='UVISHead', drop_mask_iou=None),
    tracker=dict(type='MemoryBankTracker', lam=0.3),
)

train_dataloader = dict(dataset=dict(ann_file='uvis_pseudo.json'))
# no labels to validate on
val_dataloader = None
val_evaluator = None
val_cfg = None
