# A control: what can be found by the mean colour of a clip.
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(type='MeanColourEncoder', clip_size=(96, 160), num_frames=3),
)
