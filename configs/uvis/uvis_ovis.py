# UVIS on OVIS: the names of its classes and the frames of its
# train folder; no annotation file is read. MinVIS's schedule, see README.md.
_base_ = [
    '../minvis/minvis_r50_ovis.py',
    './_base_/labelling_cutler.py',  # or labelling_maskcut.py
]

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

# made by tools/train.py if it is missing, or by tools/label.py
labelling = dict(
    out='{{$MMSELFSHOT_DATA:data}}/ovis/uvis_pseudo.json',
    videos=dict(root='{{$MMSELFSHOT_DATA:data}}/ovis/train'),
    classes='ovis',
)
train_dataloader = dict(dataset=dict(ann_file='uvis_pseudo.json'))
# no labels to validate on
val_dataloader = None
val_evaluator = None
val_cfg = None
