# A small network for ToyVIS fewshot, frames of 80x128 pixels, two CPU cores,
# minutes. All numbers are ours; docs/selfshot.md says what each is for.
_base_ = ['../../_base_/default_runtime.py']

dims = 96
num_heads = 4
num_frames = 3
model = dict(
    type='SelfShotVIS',
    data_preprocessor=dict(type='EpisodePreprocessor', has_frame_norm=True),
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=24,
        num_stages=3,
        strides=(1, 2, 1),  # objects are 18 to 27 pixels wide
        dilations=(1, 1, 2),
        out_indices=(0, 1, 2),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained', checkpoint='mmselfshot://toy_resnet18_cells.pth'
        ),
    ),
    in_channels=dims,
    dims=dims,
    num_slots=10,
    num_frames=num_frames,
    temperature=20,
    projection_norm=dict(type='GN', num_groups=dims),
    place_gain=4.0,
    encoder=dict(num_layers=2, num_heads=num_heads, ffn_dims=192, dropout=0),
    fuser=dict(num_layers=2, num_heads=num_heads, ffn_dims=192, dropout=0),
    decoder=dict(num_layers=3, num_heads=num_heads, ffn_dims=192, dropout=0),
    segmenter=dict(
        num_heads=num_heads,
        channels=(48, 32, 24, 16),
        level_channels=(24, 48),
        has_unit_mean_maps=True,
    ),
    loss=dict(
        type='SequenceSetLoss',
        no_object_weight=0.3,
        class_weight=2.0,
        dice_weight=5.0,
        focal_weight=5.0,
    ),
    cell_loss=dict(type='CellLoss', weight=5.0),
    has_fresh_dilated=False,  # the whole backbone is trained on frames
)
