"""Retrievers and pools small enough to train in a test."""

from pathlib import Path

import torch
from tiny_pool import noise, write_folder

SIZE = 16, 24  # H, W of a clip
TRANSFORMER = dict(
    type='JointVideoTransformer',
    embed_dims=16,
    depth=1,
    num_heads=2,
    patch_size=8,
    clip_size=SIZE,
    num_frames=2,
)
FRAMES = dict(
    type='FrameAverageEncoder',
    frame_encoder=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=4,
        out_indices=(3,),
        norm_eval=True,
    ),
    num_channels=32,
    clip_size=SIZE,
    num_frames=1,
    is_frozen=False,
)
RANKING = dict(
    type='Retriever',
    encoder=TRANSFORMER,
    loss=dict(type='RankingLoss'),
    head_dims=8,
    queue_length=12,
    momentum=0.5,
)
MOCO = dict(
    type='MoCoImageRetriever',
    encoder=FRAMES,
    loss=dict(type='MoCoLoss'),
    head_dims=8,
    queue_length=12,
    momentum=0.5,
)


def crops(num_videos: int = 4, num_crops: int = 2, num_frames: int = 2):
    """(B, V, T, 3, H, W) uint8 and (B,) int64."""
    shape = (num_videos, num_crops, num_frames, 3, *SIZE)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8)
    return pixels, torch.arange(num_videos)


def write_pool(root: Path, num_sources: int = 3, num_clips: int = 2) -> Path:
    """Folders of frames and the list that names their sources."""
    lines = ['path,start,end,source']
    for source in range(num_sources):
        for clip in range(num_clips):
            name = f'pool/s{source}c{clip}'
            write_folder(root / name, noise(10 * source + clip))
            lines.append(f'{name},,,s{source}')
    path = root / 'pool.csv'
    path.write_text('\n'.join(lines) + '\n')
    return path
