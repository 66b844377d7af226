# CLIP's image tower, averaged over frames; not in the paper. It has seen
# captions.
_base_ = ['../_base_/default_runtime.py']

model = dict(
    type='Retriever',
    encoder=dict(
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='OpenCLIPImageTower',
            model='ViT-B-32-quickgelu',
            pretrained='openai',  # downloaded, or a path
        ),
        num_channels=512,
        clip_size=(224, 224),
        num_frames=5,
        mean=[122.7709, 116.7460, 104.0937],  # of OpenAI's CLIP
        std=[68.5005, 66.6322, 70.3232],
    ),
)
