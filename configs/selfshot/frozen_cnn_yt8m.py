# Row (c) of the paper's Tab. 1: ImageNet features of frames, averaged. Ours:
# ResNet-50 in place of Inception.
_base_ = ['../_base_/default_runtime.py']

model = dict(
    type='Retriever',
    encoder=dict(
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='mmdet.ResNet',
            depth=50,
            out_indices=(3,),
            init_cfg=dict(
                type='Pretrained', checkpoint='torchvision://resnet50'
            ),
        ),
        num_channels=2048,
        clip_size=(224, 224),
        num_frames=5,
    ),
)
