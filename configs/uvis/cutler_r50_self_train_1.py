# CutLER, first round of self-training: labels are what the first training
# finds at a score of .7, and the old masks that it does not find.
# DropLoss is off. Numbers: CutLER's released config.
_base_ = ['./cutler_r50_maskcut.py']

load_from = 'work_dirs/cutler_r50_maskcut/iter_160000.pth'
model = dict(
    data_preprocessor=dict(
        batch_augments=[
            dict(
                type='mmselfshot.CopyPaste',
                donors='reversed',
                scales=(0.5, 1.0),
            )
        ]
    ),
    backbone=dict(init_cfg=None),
    roi_head=dict(drop_loss_iou_thr=None),
    # detectron2's defaults
    train_cfg=dict(
        rpn_proposal=dict(max_per_img=1000, nms=dict(iou_threshold=0.7))
    ),
    test_cfg=dict(rpn=dict(nms=dict(iou_threshold=0.7))),
)

train_dataloader = dict(dataset=dict(ann_file='cutler_round_1.json'))
# its output is fused with the labels of the first training by
# tools/dataset_tools/fuse_labels.py, see README.md
labelling = dict(
    out='{{$MMSELFSHOT_DATA:data}}/imagenet/cutler_found_1.json',
    proposer=dict(
        _delete_=True,
        type='CutLER',
        model=_base_.cutler_model,
        checkpoint=load_from,
        score_thr=0.7,
        max_per_frame=100,
    ),
)

max_iters = 80000
train_cfg = dict(max_iters=max_iters)
optim_wrapper = dict(optimizer=dict(lr=0.005, weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, end=1000),
]
