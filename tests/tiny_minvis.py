"""A MinVIS of a few thousand weights and samples to feed it, for tests."""

from pathlib import Path

import numpy as np
import torch
from mmdet.structures import DetDataSample, TrackDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def tiny_minvis_cfg(num_classes: int = 3, **head) -> dict:
    """Config of a MinVIS with 8 queries, 32 wide, 1 + 2 layers."""
    return dict(
        type='MinVIS',
        data_preprocessor=dict(
            type='mmdet.TrackDataPreprocessor',
            mean=MEAN,
            std=STD,
            bgr_to_rgb=False,
            pad_mask=True,
            pad_size_divisor=32,
        ),
        backbone=dict(
            type='mmdet.ResNet',
            depth=18,
            base_channels=8,
            out_indices=(0, 1, 2, 3),
            norm_cfg=dict(type='BN', requires_grad=False),
            norm_eval=True,
        ),
        head=dict(
            type='MinVISHead',
            num_classes=num_classes,
            in_channels=[8, 16, 32, 64],
            **dict(
                dict(
                    feat_channels=32,
                    num_queries=8,
                    num_encoder_layers=1,
                    encoder_ffn_channels=64,
                    num_decoder_layers=2,
                    decoder_ffn_channels=64,
                    num_heads=4,
                    num_groups=8,
                    num_points=64,
                ),
                **head,
            ),
        ),
        tracker=dict(type='MinVISTracker'),
    )


def build_tiny_minvis(num_classes: int = 3, seed: int = 0, **head):
    """Build and fill a tiny MinVIS; the same seed gives the same weights."""
    from mmselfshot.registry import MODELS

    torch.manual_seed(seed)
    model = MODELS.build(tiny_minvis_cfg(num_classes, **head))
    model.init_weights()
    return model


def shrink(model):
    """The same network with small numbers."""
    if 'depth' in model.backbone:
        model.backbone.update(depth=18, base_channels=8)
        width = 8
    else:
        width = 16
        model.backbone.update(
            embed_dims=width, depths=[1] * 4, num_heads=[1] * 4, window_size=4
        )
    model.head.update(
        in_channels=[width * 2**level for level in range(4)],
        feat_channels=32,
        num_queries=5,
        num_encoder_layers=1,
        num_decoder_layers=2,
        encoder_ffn_channels=32,
        decoder_ffn_channels=32,
        num_heads=4,
        num_groups=8,
        num_points=32,
    )
    return model


def clip_sample(
    num_frames: int = 1,
    size: tuple[int, int] = (64, 64),
    num_objects: int = 2,
    unlabelled: tuple[int, ...] = (),
    seed: int = 0,
    first_frame: int = 0,
    video_length: int | None = None,
    num_classes: int = 3,
) -> dict:
    """A packed sample of noise with rectangles, as the data set gives it."""
    rng = np.random.default_rng(seed)
    height, width = size
    frames = []
    for index in range(num_frames):
        is_labelled = index not in unlabelled
        count = num_objects if is_labelled else 0
        masks = np.zeros((count, height, width), np.uint8)
        for mask in masks:
            top = rng.integers(0, max(height // 2, 1))
            left = rng.integers(0, max(width // 2, 1))
            mask[top : top + height // 3 + 1, left : left + width // 3 + 1] = 1
        sample = DetDataSample(
            metainfo=dict(
                video_id=1,
                frame_id=first_frame + index,
                video_length=video_length or num_frames,
                img_path=str(Path('video') / f'{index:05d}.jpg'),
                ori_shape=size,
                img_shape=size,
                scale_factor=(1.0, 1.0),
                flip=False,
                is_labelled=is_labelled,
            )
        )
        sample.gt_instances = InstanceData(
            bboxes=torch.zeros(count, 4),
            labels=torch.from_numpy(rng.integers(0, num_classes, count)),
            masks=BitmapMasks(masks, height, width),
            instances_ids=torch.arange(1, count + 1),
        )
        frames.append(sample)
    pixels = rng.integers(0, 256, (num_frames, 3, height, width), np.uint8)
    track = TrackDataSample(
        video_data_samples=frames,
        metainfo=dict(video_id=1, video_length=video_length or num_frames),
    )
    return dict(inputs=torch.from_numpy(pixels), data_samples=track)


def collate(samples: list[dict]) -> dict:
    """Lists of inputs and samples, as mmengine's pseudo_collate gives."""
    return dict(
        inputs=[sample['inputs'] for sample in samples],
        data_samples=[sample['data_samples'] for sample in samples],
    )
