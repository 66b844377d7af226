# DINO's class token, averaged over frames; not in the paper.
_base_ = ['../_base_/default_runtime.py']

model = dict(
    type='Retriever',
    encoder=dict(
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='DINOVisionTransformer', arch='base', patch_size=8
        ),
        # made by tools/model_converters/dino.py
        checkpoint='{{$MMSELFSHOT_DATA:data}}/pretrained/dino_vitb8.pth',
        num_channels=768,
        clip_size=(224, 224),
        num_frames=5,
    ),
)
