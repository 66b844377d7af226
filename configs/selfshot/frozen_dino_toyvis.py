# The toy DINO, which has seen stills without labels: the class token.
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='DINOVisionTransformer',
            embed_dims=96,
            depth=4,
            num_heads=3,
            patch_size=8,
            img_size=96,
        ),
        checkpoint='mmselfshot://toy_dino_vit.pth',
        num_channels=96,
        clip_size=(96, 160),
        frame_size=(144, 240),  # a patch is 5.3 pixels wide, as in training
        num_frames=1,
    ),
)
