_base_ = [
    '../_base_/datasets/ovis.py',
    '../_base_/default_runtime.py',
    './_base_/minvis_r50.py',
]
# COCO instances; made by tools/model_converters/minvis.py, see README.md
load_from = '{{$MMSELFSHOT_DATA:data}}/pretrained/mask2former_r50_coco.pth'

model = dict(head=dict(num_classes=25))

# published: 10000 steps, learning rate / 10 after 7000, no warm-up
train_cfg = dict(max_iters=10000, val_interval=10000)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=10000,
        by_epoch=False,
        milestones=[7000],
        gamma=0.1,
    )
]
