"""A data set of a few small pictures and a config to train on it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tiny_minvis import tiny_minvis_cfg

SIZE = 48, 64  # H, W of a frame
REPO = Path(__file__).resolve().parents[1]
CLASSES = ('square', 'bar', 'dot')
# class -> (height, width) of its rectangle
SHAPES = {1: (16, 16), 2: (6, 30), 3: (8, 8)}


def write_tiny_videos(
    root: Path, num_videos: int = 4, num_frames: int = 3
) -> Path:
    """Write videos of one moving rectangle each, and their label file."""
    rng = np.random.default_rng(0)
    videos, annotations = [], []
    for number in range(1, num_videos + 1):
        names, segmentations, boxes, areas = [], [], [], []
        category = (number - 1) % len(CLASSES) + 1
        height, width = SHAPES[category]
        for frame in range(num_frames):
            image = rng.integers(0, 60, (*SIZE, 3), dtype=np.uint8)
            top, left = 4 + 3 * number, 5 + 8 * frame
            image[top : top + height, left : left + width] = 200
            name = f'v{number}/{frame:05d}.jpg'
            path = root / 'JPEGImages' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path, quality=95)
            names.append(name)
            right, bottom = left + width, top + height
            segmentations.append(
                [[left, top, right, top, right, bottom, left, bottom]]
            )
            boxes.append([left, top, width, height])
            areas.append(width * height)
        videos.append(
            dict(
                id=number,
                width=SIZE[1],
                height=SIZE[0],
                length=num_frames,
                file_names=names,
            )
        )
        annotations.append(
            dict(
                id=number,
                video_id=number,
                category_id=category,
                iscrowd=0,
                segmentations=segmentations,
                bboxes=boxes,
                areas=areas,
                width=SIZE[1],
                height=SIZE[0],
            )
        )
    content = dict(
        videos=videos,
        annotations=annotations,
        categories=[
            dict(id=i, name=name) for i, name in enumerate(CLASSES, 1)
        ],
    )
    path = root / 'labels.json'
    path.write_text(json.dumps(content))
    return path


def run_tool(*command, cwd: Path, **environ) -> subprocess.CompletedProcess:
    """Start a tool of the repo as a user does, from another folder."""
    tool, *arguments = map(str, command)
    starter = ['bash'] if tool.endswith('.sh') else [sys.executable]
    return subprocess.run(
        [*starter, str(REPO / 'tools' / tool), *arguments],
        cwd=cwd,
        env={
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'PYTHONPATH': str(REPO / 'tests'),
            'PYTHON': sys.executable,
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=900,
    )


def train(
    config: Path, work_dir: Path, *arguments, **environ
) -> subprocess.CompletedProcess:
    """Train with one process, from the config's folder."""
    return run_tool(
        'train.py',
        *(config, '--work-dir', work_dir, *arguments),
        cwd=config.parent,
        **environ,
    )


def train_with_two(
    config: Path, work_dir: Path, *arguments, **environ
) -> subprocess.CompletedProcess:
    """Train with two processes, from the config's folder."""
    return run_tool(
        *('dist_train.sh', config, 2),
        *('--work-dir', work_dir, *arguments),
        cwd=config.parent,
        PORT=free_port(),
        **environ,
    )


def free_port() -> str:
    """A port that nobody listens to."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return str(listener.getsockname()[1])


def read_losses(work_dir: Path) -> dict[int, float]:
    """Collect iteration -> loss from all logs of a work dir."""
    losses = {}
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if 'loss' in entry:
                losses[entry['iter']] = entry['loss']
    return losses


def write_tiny_config(
    root: Path, max_iters: int = 6, interval: int = 3, is_tested: bool = False
) -> Path:
    """Write a config that trains (and tests) a tiny MinVIS."""
    dataset = dict(
        type='VideoInstanceDataset',
        data_root=str(root),
        ann_file='labels.json',
        data_prefix=dict(img='JPEGImages'),
        num_frames=2,
        pipeline=[
            dict(type='LoadFrames'),
            dict(type='LoadFrameAnnotations'),
            dict(
                type='mmdet.TransformBroadcaster',
                share_random_params=True,
                transforms=[dict(type='mmdet.RandomFlip', prob=0.5)],
            ),
            dict(type='PackClipInputs'),
        ],
    )
    tested = dict(
        dataset,
        test_mode=True,
        window=2,
        pipeline=[dict(type='LoadFrames'), dict(type='PackClipInputs')],
    )
    del tested['num_frames']
    loader = dict(
        batch_size=1,
        num_workers=0,
        sampler=dict(type='VideoTestSampler'),
        dataset=tested,
    )
    metric = dict(type='VISMetric', ann_file=str(root / 'labels.json'))
    parts = dict(
        model=tiny_minvis_cfg(len(CLASSES)),
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='VideoTrainSampler'),
            dataset=dataset,
        ),
        optim_wrapper=dict(
            type='OptimWrapper',
            optimizer=dict(type='AdamW', lr=1e-3),
            clip_grad=dict(max_norm=1.0),
        ),
        auto_scale_lr=dict(enable=False, base_batch_size=4),
    )
    if is_tested:
        parts.update(
            test_dataloader=loader,
            test_evaluator=metric,
            test_cfg=dict(type='TestLoop'),
        )
    return write_training(root, max_iters, interval, **parts)


def write_training(
    root: Path, max_iters: int, interval: int, hooks: tuple = (), **parts
) -> Path:
    """Write a config of a training that can be killed.

    Args:
        root: Folder of the file.
        max_iters: Of the training.
        interval: Iterations between checkpoints.
        hooks: Types of more hooks.
        parts: Other keys of the config.
    """
    hooks = 'IterationSeedHook', *hooks, 'KillHook'
    parts = (
        dict(
            train_cfg=dict(type='ResumableIterTrainLoop', max_iters=max_iters),
            optim_wrapper=dict(
                type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)
            ),
            default_hooks=dict(
                checkpoint=dict(interval=interval), logger=dict(interval=1)
            ),
            log_processor=dict(window_size=1),
            custom_imports=dict(imports=['kill_hook']),
            custom_hooks=[dict(type=hook) for hook in hooks],
        )
        | parts
    )
    base = REPO / 'configs' / '_base_' / 'default_runtime.py'
    lines = [f'_base_ = {str(base)!r}']
    lines += [f'{name} = {value!r}' for name, value in parts.items()]
    path = root / 'tiny.py'
    path.write_text('\n'.join(lines) + '\n')
    return path
