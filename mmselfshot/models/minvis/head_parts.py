"""The parts that `MinVISHead` is built of, as configs of mmdet.

Source: Mask2Former (CVPR 2022), Sec. 3; MinVIS changes none of them. They
stand here once, as functions of the few numbers that anyone changes.
"""

from mmengine.config import ConfigDict

from mmselfshot.models.minvis.float32_pixel_decoder import Float32PixelDecoder

NUM_LEVELS = 3


def pixel_decoder_cfg(
    channels: int,
    num_layers: int,
    ffn_channels: int,
    num_heads: int,
    num_groups: int,
) -> ConfigDict:
    """Deformable attention over three levels, one more by upsampling."""
    return ConfigDict(
        type=Float32PixelDecoder,
        num_outs=NUM_LEVELS,
        norm_cfg=dict(type='GN', num_groups=num_groups),
        act_cfg=dict(type='ReLU'),
        encoder=dict(
            num_layers=num_layers,
            layer_cfg=dict(
                self_attn_cfg=dict(
                    embed_dims=channels,
                    num_heads=num_heads,
                    num_levels=NUM_LEVELS,
                    num_points=4,
                    dropout=0.0,
                    batch_first=True,
                ),
                ffn_cfg=_ffn(channels, ffn_channels),
            ),
        ),
        positional_encoding=dict(num_feats=channels // 2, normalize=True),
    )


def transformer_decoder_cfg(
    channels: int, num_layers: int, ffn_channels: int, num_heads: int
) -> ConfigDict:
    """Masked cross-attention, self-attention, feed-forward; post-norm."""
    attention = dict(
        embed_dims=channels, num_heads=num_heads, batch_first=True
    )
    return ConfigDict(
        return_intermediate=True,
        num_layers=num_layers,
        layer_cfg=dict(
            self_attn_cfg=attention,
            cross_attn_cfg=attention,
            ffn_cfg=_ffn(channels, ffn_channels),
        ),
        init_cfg=None,
    )


def _ffn(channels: int, ffn_channels: int) -> dict:
    return dict(
        embed_dims=channels,
        feedforward_channels=ffn_channels,
        num_fcs=2,
        ffn_drop=0.0,
        act_cfg=dict(type='ReLU', inplace=True),
    )


def assigner_cfg(
    cls_weight: float, mask_weight: float, dice_weight: float
) -> dict:
    """One-to-one matching by the same three terms as the loss."""
    return dict(
        type='mmdet.HungarianAssigner',
        match_costs=[
            dict(type='mmdet.ClassificationCost', weight=cls_weight),
            dict(
                type='mmdet.CrossEntropyLossCost',
                weight=mask_weight,
                use_sigmoid=True,
            ),
            dict(
                type='mmdet.DiceCost',
                weight=dice_weight,
                pred_act=True,
                eps=1.0,
            ),
        ],
    )


def loss_cfgs(
    num_classes: int,
    no_object_weight: float,
    cls_weight: float,
    mask_weight: float,
    dice_weight: float,
) -> dict[str, ConfigDict]:
    """Class, mask and dice loss, the constant 1 in both terms of dice."""
    return dict(
        loss_cls=ConfigDict(
            type='mmdet.CrossEntropyLoss',
            use_sigmoid=False,
            loss_weight=cls_weight,
            class_weight=[1.0] * num_classes + [no_object_weight],
        ),
        loss_mask=ConfigDict(
            type='mmdet.CrossEntropyLoss',
            use_sigmoid=True,
            loss_weight=mask_weight,
        ),
        loss_dice=ConfigDict(
            type='mmdet.DiceLoss',
            use_sigmoid=True,
            activate=True,
            naive_dice=True,
            eps=1.0,
            loss_weight=dice_weight,
        ),
    )
