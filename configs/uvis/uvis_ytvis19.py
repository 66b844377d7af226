# UVIS on YouTube-VIS 2019: the names of its classes and the frames of its
# train folder; no annotation file is read. MinVIS's schedule, see README.md.
_base_ = ['../minvis/minvis_r50_ytvis19.py']

# nothing that was trained on masks; checked before the training starts
load_from = None
model = dict(
    type='UVIS',
    backbone=dict(
        # ImageNet classification; or DINO: see README.md
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')
    ),
    # drop_mask_iou=0.01 switches DropLoss on
    head=dict(type='UVISHead', drop_mask_iou=None),
    tracker=dict(type='MemoryBankTracker', lam=0.5),  # ours, see README.md
)

train_dataloader = dict(dataset=dict(ann_file='uvis_pseudo.json'))
# no labels to validate on
val_dataloader = None
val_evaluator = None
val_cfg = None
