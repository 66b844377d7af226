# MinVIS on Swin-L: another backbone and twice the queries.
_base_ = './minvis_r50.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='mmdet.SwinTransformer',
        pretrain_img_size=384,
        embed_dims=192,
        depths=[2, 2, 18, 2],
        num_heads=[6, 12, 24, 48],
        window_size=12,
        drop_path_rate=0.3,
        patch_norm=True,
        out_indices=(0, 1, 2, 3),
        convert_weights=False,
    ),
    head=dict(in_channels=[192, 384, 768, 1536], num_queries=200),
)

# as for ResNet, and no decay on the norms and position tables of Swin: the
# longest key that is part of a name wins, so `backbone` does not reach them
norm = dict(lr_mult=0.1, decay_mult=0.0)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'backbone.norm': norm,
            '.norm1.weight': norm,
            '.norm1.bias': norm,
            '.norm2.weight': norm,
            '.norm2.bias': norm,
            'patch_embed.norm': norm,
            'downsample.norm': norm,
            'relative_position_bias_table': norm,
        },
    ),
)
