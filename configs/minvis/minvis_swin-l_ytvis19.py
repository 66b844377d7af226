_base_ = [
    '../_base_/datasets/ytvis19.py',
    '../_base_/default_runtime.py',
    './_base_/minvis_swin-l.py',
]
# COCO instances; made by tools/model_converters/minvis.py, see README.md
load_from = '{{$MMSELFSHOT_DATA:data}}/pretrained/mask2former_swin-l_coco.pth'

# published: 16 GPUs with 2 videos each
train_dataloader = dict(batch_size=2)
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeClip', short_edges=480, max_long_edge=1333),
    dict(type='PackClipInputs'),
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

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
