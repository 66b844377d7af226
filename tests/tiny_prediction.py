"""A tiny network on disk and videos to feed it, for tests of prediction."""

import pprint
from pathlib import Path

import numpy as np
from PIL import Image
from tiny_minvis import build_tiny_minvis, tiny_minvis_cfg

CLASSES = ('square', 'bar', 'dot')
CAT_IDS = (3, 5, 9)
SIZE = 48, 64  # H, W


def write_model(folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Write a config and a checkpoint with random weights."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    pipeline = [
        dict(type='LoadFrames'),
        dict(type='ResizeClip', short_edges=40, max_long_edge=1333),
        dict(type='PackClipInputs'),
    ]
    dataset = dict(
        type='VideoInstanceDataset',
        ann_file='labels.json',
        test_mode=True,
        window=2,
        pipeline=pipeline,
    )
    content = dict(
        default_scope='mmselfshot',
        model=tiny_minvis_cfg(),
        test_dataloader=dict(batch_size=1, dataset=dataset),
    )
    config = folder / 'tiny.py'
    config.write_text(
        ''.join(
            f'{key} = {pprint.pformat(value)}\n'
            for key, value in content.items()
        )
    )
    model = build_tiny_minvis(seed=seed)
    checkpoint = folder / f'tiny{seed}.pth'
    meta = dict(dataset_meta=dict(classes=CLASSES, cat_ids=CAT_IDS))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), checkpoint)
    return config, checkpoint


def moving_squares(
    num_frames: int, size: tuple[int, int] = SIZE, seed: int = 0
) -> list[np.ndarray]:
    """Frames (H, W, 3) uint8 with two bright rectangles on noise."""
    rng = np.random.default_rng(seed)
    height, width = size
    frames = []
    for index in range(num_frames):
        image = rng.integers(0, 60, (height, width, 3), dtype=np.uint8)
        left = 2 + 3 * index % max(width - 20, 1)
        image[height // 4 : height // 2, left : left + width // 4] = 220
        image[height // 2 :, width // 2 : width // 2 + 10] = (200, 40, 40)
        frames.append(image)
    return frames


def write_frames(folder: Path, frames: list[np.ndarray]) -> Path:
    """Write `00000.png`, `00001.png`, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f'{index:05d}.png')
    return folder


def write_video(path: Path, frames: list[np.ndarray], fps: float = 10) -> Path:
    """Write an mp4."""
    from mmselfshot.utils.video_writer import VideoWriter

    with VideoWriter(path, fps) as writer:
        for frame in frames:
            writer.add(frame)
    return path
