# Row (d) of the paper's Tab. 1: ImageNet features of frames, trained on with
# MoCo. Ours: ResNet-50 in place of Inception; its batch normalisation keeps
# ImageNet's statistics, so that a view does not see its batch.
_base_ = ['_base_/retriever_yt8m.py']

model = dict(
    type='MoCoImageRetriever',
    encoder=dict(
        _delete_=True,
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='mmdet.ResNet',
            depth=50,
            out_indices=(3,),
            norm_cfg=dict(type='BN', requires_grad=True),
            norm_eval=True,
            init_cfg=dict(
                type='Pretrained', checkpoint='torchvision://resnet50'
            ),
        ),
        num_channels=2048,
        clip_size=(224, 224),
        num_frames=1,
        is_frozen=False,
    ),
    loss=dict(type='MoCoLoss', tau=0.07),
)
train_dataloader = dict(
    dataset=dict(num_crops=2, num_frames=1, has_one_window=True)
)
