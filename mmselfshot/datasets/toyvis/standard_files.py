"""The files that speak of a whole world of level `easy` or `standard`."""

from pathlib import Path
from typing import Any

from mmselfshot.datasets.toyvis import writers
from mmselfshot.datasets.toyvis.jobs import Job, item_rng, read_part
from mmselfshot.datasets.toyvis.options import EasyOptions
from mmselfshot.datasets.toyvis.stills import stills_file
from mmselfshot.utils import write_atomically, write_json

MADE = (
    *('split.json', 'train.json', 'val.json'),
    *('train', 'val', 'pool', 'davis', 'stills'),
)
_LABELS = (
    'split.json',
    'train.json',
    'val.json',
    'stills/train.json',
    'stills/val.json',
    'davis/ImageSets/2017/train.txt',
    'davis/ImageSets/2017/val.txt',
)


def expected_files(options: dict[str, Any]) -> dict[str, int]:
    """How many files a whole world has, by pattern.

    Args:
        options: As world.json holds them.
    """
    pictures = {
        'train/JPEGImages/*/*.jpg': options['num_train'],
        'val/JPEGImages/*/*.jpg': options['num_val'],
        'pool/*/*.jpg': options['num_pool'],
        'davis/JPEGImages/480p/davis_train*/*.jpg': options['num_davis_train'],
        'davis/Annotations/480p/davis_train*/*.png': options[
            'num_davis_train'
        ],
        'davis/JPEGImages/480p/davis_val*/*.jpg': options['num_davis_val'],
        'davis/Annotations/480p/davis_val*/*.png': options['num_davis_val'],
    }
    wanted = {
        pattern: number * options['num_frames']
        for pattern, number in pictures.items()
    }
    for split in ('train', 'val'):
        wanted[f'stills/{split}/*.jpg'] = options[f'num_stills_{split}']
    for name in _LABELS:
        wanted[name] = 1
    return wanted


def write_labels(
    root: Path,
    options: EasyOptions,
    title: str,
    level: str,
    seed: int,
    jobs: dict[str, list[Job]],
) -> None:
    """Write all of them.

    Args:
        root: The world's folder.
        options: Of the world.
        title: Names the world.
        level: Of the world.
        seed: Of the world.
        jobs: By split, all done.
    """
    for split in ('train', 'val'):
        parts = [read_part(job) for job in jobs[split]]
        content = writers.label_file(parts, options.kinds, f'{title}, {split}')
        write_json(root / f'{split}.json', content)
        stills = [read_part(job) for job in jobs[f'stills_{split}']]
        content = stills_file(
            stills,
            options.kinds,
            options.still_side,
            f'{title}, stills of {split}',
        )
        write_json(root / f'stills/{split}.json', content)
    for split in ('train', 'val'):
        names = [job.name for job in jobs[f'davis_{split}']]
        path = root / f'davis/ImageSets/2017/{split}.txt'
        with write_atomically(path) as beside:
            beside.write_text(''.join(f'{name}\n' for name in names))
    write_json(root / 'split.json', _split_kinds(options, level, seed))


def _split_kinds(
    options: EasyOptions, level: str, seed: int
) -> dict[str, list]:
    """Draw which kinds are unseen; category ids beside the names."""
    rng = item_rng(level, seed, 'train', 2**31)
    order = rng.permutation(len(options.kinds))
    unseen = sorted(int(k) for k in order[: options.num_unseen])
    seen = sorted(int(k) for k in order[options.num_unseen :])
    return {
        'seen': [options.kinds[k] for k in seen],
        'unseen': [options.kinds[k] for k in unseen],
        'seen_ids': [k + 1 for k in seen],
        'unseen_ids': [k + 1 for k in unseen],
    }
