# A small network for ToyVIS fewshot, 8 frames of 80x128 pixels and supports
# of 5 frames, two CPU cores, minutes. All numbers are ours.
_base_ = ['../../_base_/default_runtime.py']

num_heads = 4
model = dict(
    type='SelfShotVIS',
    data_preprocessor=dict(type='EpisodePreprocessor'),
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained', checkpoint='mmselfshot://toy_resnet18_seen.pth'
        ),
    ),
    in_channels=96,
    dims=96,
    num_slots=10,
    num_frames=8,
    encoder=dict(num_layers=2, num_heads=num_heads, ffn_dims=192, dropout=0),
    fuser=dict(num_layers=2, num_heads=num_heads, ffn_dims=192, dropout=0),
    decoder=dict(num_layers=3, num_heads=num_heads, ffn_dims=192, dropout=0),
    segmenter=dict(
        num_heads=num_heads,
        channels=(48, 32, 24, 16),
        level_channels=(24, 48),
        has_unit_mean_maps=True,
    ),
    loss=dict(type='SequenceSetLoss', no_object_weight=0.1),
    has_fresh_dilated=False,  # the whole backbone is trained on stills
)
