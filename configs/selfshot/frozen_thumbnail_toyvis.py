# A control: what can be found by a picture of 16 x 16 pixels.
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(
        type='ThumbnailEncoder', clip_size=(96, 160), num_frames=3, side=16
    ),
)
