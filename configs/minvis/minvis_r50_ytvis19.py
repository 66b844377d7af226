_base_ = [
    '../_base_/datasets/ytvis19.py',
    '../_base_/default_runtime.py',
    './_base_/minvis_r50.py',
]
# COCO instances; made by tools/model_converters/minvis.py, see README.md
load_from = '{{$MMSELFSHOT_DATA:data}}/pretrained/mask2former_r50_coco.pth'

# published: 6000 steps, learning rate / 10 after 4000, no warm-up
train_cfg = dict(max_iters=6000, val_interval=6000)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=6000,
        by_epoch=False,
        milestones=[4000],
        gamma=0.1,
    )
]
