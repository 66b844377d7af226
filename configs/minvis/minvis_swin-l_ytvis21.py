_base_ = [
    '../_base_/datasets/ytvis21.py',
    '../_base_/default_runtime.py',
    './_base_/minvis_swin-l.py',
]
# COCO instances; made by tools/model_converters/minvis.py, see README.md
load_from = '{{$MMSELFSHOT_DATA:data}}/pretrained/mask2former_swin-l_coco.pth'

# published: 16 GPUs with 2 videos each
train_dataloader = dict(batch_size=2)
# published: tested at shortest edge 360, as ResNet-50

# published: 8000 steps, learning rate / 10 after 5500, no warm-up
train_cfg = dict(max_iters=8000, val_interval=8000)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=8000,
        by_epoch=False,
        milestones=[5500],
        gamma=0.1,
    )
]
