_base_ = [
    '../_base_/datasets/ovis.py',
    '../_base_/default_runtime.py',
    './_base_/minvis_swin-l.py',
]
# COCO instances; made by tools/model_converters/minvis.py, see README.md
load_from = '{{$MMSELFSHOT_DATA:data}}/pretrained/mask2former_swin-l_coco.pth'

model = dict(head=dict(num_classes=25))
# published: 16 GPUs with 2 videos each
train_dataloader = dict(batch_size=2)
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeClip', short_edges=480, max_long_edge=1333),
    dict(type='PackClipInputs'),
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

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
