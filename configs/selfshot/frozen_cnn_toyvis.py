# A ResNet taught the looks of stills of seen kinds, averaged over frames;
# stands for the paper's Inception of ImageNet, Tab. 1, row (c).
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='mmdet.ResNet',
            depth=18,
            base_channels=24,
            out_indices=(3,),
            norm_cfg=dict(type='BN', requires_grad=True),
        ),
        checkpoint='mmselfshot://toy_resnet18_seen.pth',
        num_channels=192,
        clip_size=(96, 160),
        num_frames=2,
    ),
)
