"""A small SelfShotVIS on disk, as users have it."""

import pprint
from pathlib import Path

import torch
from tiny_episodes import make_episodes, write_episodes, write_pairs
from tiny_selfshot import SIZE, TINY, build_tiny

PIPELINE = (dict(type='ResizeEpisode', size=SIZE), dict(type='PackEpisode'))


def write_hens(folder: Path, supports: tuple) -> tuple[Path, Path]:
    """Videos v1, v2, ... of a hen each as test episodes; see the other.

    Args:
        folder: Of all files.
        supports: Of each video, the names of its supports.
    """
    given = write_episodes(folder, make_episodes(((3,),) * len(supports)))
    rows = [(number, (3,), names) for number, names in enumerate(supports, 1)]
    given['pairs'] = write_pairs(folder / 'pairs.json', rows)
    return write_selfshot(folder, given)


def write_selfshot(
    folder: Path,
    dataset: dict | None = None,
    seed: int = 0,
    pipeline=PIPELINE,
    **options,
) -> tuple[Path, Path]:
    """Write a config for tests and a checkpoint with random weights.

    The network knows no object, so that any slot may be one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dataset = dict(
        type='EpisodeDataset',
        **dict(ann_file='none.json', num_frames=3, support_frames=2)
        | (dataset or {}),
        test_mode=True,
        pipeline=list(pipeline),
    )
    model = TINY | dict(data_preprocessor=dict(type='EpisodePreprocessor'))
    content = dict(
        default_scope='mmselfshot',
        model=model | options,
        test_dataloader=dict(
            batch_size=1,
            num_workers=0,
            sampler=dict(type='VideoTestSampler'),
            dataset=dataset,
        ),
        test_cfg=dict(type='TestLoop'),
        test_evaluator=dict(
            type='EpisodeMetric', ann_file=dataset['ann_file']
        ),
    )
    config = folder / 'tiny.py'
    config.write_text(
        ''.join(
            f'{key} = {pprint.pformat(value)}\n'
            for key, value in content.items()
        )
    )
    checkpoint = folder / f'tiny{seed}.pth'
    weights = build_tiny(seed, **options).state_dict()
    meta = dict(dataset_meta=dict(classes=('cat', 'dog'), cat_ids=(3, 5)))
    torch.save(dict(state_dict=weights, meta=meta), checkpoint)
    return config, checkpoint
