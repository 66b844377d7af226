# A ResNet taught the kinds of stills, averaged over frames; stands for the
# paper's Inception of ImageNet, Tab. 1, row (c). A ResNet that has seen the
# stills of seen kinds alone is given as model.encoder.checkpoint.
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
        checkpoint='mmselfshot://toy_resnet18.pth',
        num_channels=192,
        clip_size=(96, 160),
        num_frames=3,
    ),
)
