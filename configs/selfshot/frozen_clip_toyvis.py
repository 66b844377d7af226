# The image tower of the toy CLIP. It uses captions.
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='OpenCLIPImageTower',
            model_config='mmselfshot://toy_clip.json',
            pretrained='mmselfshot://toy_clip.pth',
        ),
        num_channels=64,
        clip_size=(96, 160),
        frame_size=(64, 64),  # its pooling knows no other; the aspect is lost
        num_frames=2,
        mean=[122.7709, 116.7460, 104.0937],  # of OpenAI's CLIP
        std=[68.5005, 66.6322, 70.3232],
    ),
)
