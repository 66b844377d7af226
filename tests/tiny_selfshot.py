"""A small SelfShotVIS and episodes for it."""

import torch
from mmdet.structures import TrackDataSample

from mmselfshot.registry import MODELS
from mmselfshot.structures.instance_sequences import InstanceSequences

FRAMES = 3
SIZE = (32, 48)
ORI_SHAPE = (40, 50)
LAYERS = dict(num_layers=1, num_heads=2, ffn_dims=16, dropout=0)
TINY = dict(
    type='SelfShotVIS',
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=4,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 2),
        out_indices=(0, 1, 2),
        norm_eval=True,
    ),
    in_channels=16,
    dims=12,
    num_slots=4,
    num_frames=FRAMES,
    encoder=LAYERS,
    fuser=LAYERS,
    decoder=LAYERS | dict(num_layers=2),
    segmenter=dict(num_heads=2, channels=(8, 8, 8, 4), level_channels=(4, 8)),
    loss=dict(type='SequenceSetLoss'),
)


def build_tiny(seed: int = 0, **options) -> torch.nn.Module:
    """The small model, initialised, in eval mode."""
    torch.manual_seed(seed)
    model = MODELS.build(TINY | options)
    model.init_weights()
    return model.eval()


def draw_inputs(
    num_supports: int | None = 2,
    num_videos: int = 1,
    num_frames: int = FRAMES,
    support_frames: int = 2,
    seed: int = 0,
) -> dict:
    """A normalised query and supports, None for no supports."""
    made = torch.Generator().manual_seed(seed)
    query = torch.randn(num_videos, num_frames, 3, *SIZE, generator=made)
    if num_supports is None:
        return dict(query=query, supports=None)
    shape = num_videos, num_supports, support_frames, 3, *SIZE
    return dict(query=query, supports=torch.randn(shape, generator=made))


def moving_square(num_frames: int = FRAMES, num: int = 1) -> InstanceSequences:
    """Squares that move to the right, one below the other."""
    masks = torch.zeros(num, num_frames, *SIZE, dtype=torch.bool)
    for one in range(num):
        for frame in range(num_frames):
            top, left = 4 + 12 * one, 8 + 6 * frame
            masks[one, frame, top : top + 10, left : left + 12] = True
    return InstanceSequences.from_masks(masks)


def sample(num_instances: int = 1, **meta) -> TrackDataSample:
    """A data sample with targets, as the episodes' is."""
    meta = dict(video_id=1, ori_shape=ORI_SHAPE) | meta
    made = TrackDataSample(metainfo=meta)
    made.gt_sequences = moving_square(num=num_instances)
    return made


def shrink(model) -> None:
    """Make a model narrow: 2 layers, 3 frames at most, 4 slots."""
    model.backbone.pop('init_cfg', None)
    model.backbone.base_channels = 4
    wide = 4 if model.backbone.depth > 34 else 1
    model.in_channels = 16 * wide
    model.num_slots, model.dims = 4, 24
    model.num_frames = min(model.num_frames, FRAMES)
    if model.get('projection_norm'):
        model.projection_norm.num_groups = model.dims
    for part in (model.encoder, model.fuser, model.decoder):
        part.num_layers = min(part.num_layers, 2)
        part.ffn_dims = 16
    model.segmenter.channels = (8, 8, 8, 4)
    model.segmenter.level_channels = (4 * wide, 8 * wide)
