"""Make a ToyVIS world: all its files, from a level and a seed.

Source: DESIGN of this project, ToyVIS; no paper. Same options and seed, same
bytes, with any number of processes.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmselfshot.datasets.toyvis import writers
from mmselfshot.datasets.toyvis.jobs import (
    PARTS,
    SPLITS,
    Job,
    forget_parts,
    is_done,
    item_rng,
    read_part,
    run_job,
)
from mmselfshot.datasets.toyvis.options import EasyOptions, make_options
from mmselfshot.datasets.toyvis.stills import stills_file
from mmselfshot.datasets.toyvis.workers import run_jobs
from mmselfshot.utils import UserError, read_json, write_atomically, write_json

VERSION = 1  # of the generator: another number, other bytes
_LABELS = (
    'split.json',
    'train.json',
    'val.json',
    'stills/train.json',
    'stills/val.json',
    'davis/ImageSets/2017/train.txt',
    'davis/ImageSets/2017/val.txt',
)
_MADE = (
    *('world.json', 'split.json', 'train.json', 'val.json'),
    *('train', 'val', 'pool', 'davis', 'stills', PARTS),
)


def make_world(
    root: str | Path,
    level: str = 'easy',
    seed: int = 0,
    num_workers: int = 2,
    overwrite: bool = False,
    show_progress: bool = True,
    **changes: Any,
) -> dict[str, int]:
    """Write a world into a folder, or finish one that was interrupted.

    Args:
        root: The world's folder.
        level: `easy` or `standard`.
        seed: Not negative; another seed, another world.
        num_workers: Processes.
        overwrite: Whether a world of other options in `root` is replaced.
        show_progress: Whether to draw a bar on stderr.
        changes: Options that differ from the level's, see `EasyOptions`.

    Returns:
        By split, how many items were made now (0 = all were there).

    Raises:
        UserError: For unknown options, or if `root` holds something else.
    """
    root = Path(root)
    if seed < 0:
        raise UserError(f'seed is {seed}; expected 0 or more')
    if num_workers < 1:
        raise UserError(f'{num_workers} workers; expected 1 or more')
    options = make_options(level, **changes)
    world = _describe(level, seed, options)
    if _claim(root, world, overwrite):
        return dict.fromkeys(SPLITS, 0)
    jobs = {
        split: [
            Job(root, options, level, seed, split, index)
            for index in range(getattr(options, f'num_{split}'))
        ]
        for split in SPLITS
    }
    missing = {
        split: [job for job in items if not is_done(job)]
        for split, items in jobs.items()
    }
    todo = [job for items in missing.values() for job in items]
    run_jobs(run_job, todo, num_workers, f'ToyVIS {level}', show_progress)
    _write_labels(root, options, world, jobs)
    write_json(root / 'world.json', {**world, 'is_finished': True})
    forget_parts(root)
    return {split: len(items) for split, items in missing.items()}


def _describe(level: str, seed: int, options: EasyOptions) -> dict[str, Any]:
    """Content of world.json, as it reads back."""
    world = {
        'format': 'ToyVIS',
        'version': VERSION,
        'level': level,
        'seed': seed,
        'options': asdict(options),
    }
    return json.loads(json.dumps(world))


def _claim(root: Path, world: dict[str, Any], overwrite: bool) -> bool:
    """Make `root` ours; True if the very world is there and whole."""
    if root.exists() and not root.is_dir():
        raise UserError(f'{root} is a file; expected a folder')
    path = root / 'world.json'
    if path.is_file():
        found = read_json(path)
        if not isinstance(found, dict) or found.get('format') != 'ToyVIS':
            raise UserError(
                f'{path} is not of a ToyVIS world; choose another folder'
            )
        is_finished = found.pop('is_finished', False)
        if found == world:
            if is_finished and _is_whole(root, world):
                forget_parts(root)
                return True
            _clear_leftovers(root)
        elif overwrite:
            _clear(root)
        else:
            raise UserError(
                f'{root} holds {_name(found)}, other than the wanted '
                f'{_name(world)}{_first_difference(found, world)}; choose '
                'another folder or add --overwrite'
            )
    elif root.exists() and any(root.iterdir()):
        raise UserError(
            f'{root} is not empty and holds no world.json; choose an empty '
            'or new folder'
        )
    write_json(path, {**world, 'is_finished': False})
    return False


def _name(world: dict[str, Any]) -> str:
    return (
        f'ToyVIS {world.get("level")} version {world.get("version")} of '
        f'seed {world.get("seed")}'
    )


def _first_difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    if found.get('level') != wanted['level']:
        return ''
    there = found.get('options', {})
    for name, value in wanted['options'].items():
        if there.get(name) != value:
            return f' ({name} is {there.get(name)}, wanted {value})'
    return ''


def _clear(root: Path) -> None:
    """Remove what a world consists of, world.json last, nothing else."""
    for name in reversed(_MADE):
        path = root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _clear_leftovers(root: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for path in list(root.rglob('.*.part*')):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _is_whole(root: Path, world: dict[str, Any]) -> bool:
    """Whether all files of a finished world are still there."""
    options = world['options']
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
    return all(
        sum(1 for _ in root.glob(pattern)) == number
        for pattern, number in wanted.items()
    )


def _write_labels(
    root: Path,
    options: EasyOptions,
    world: dict[str, Any],
    jobs: dict[str, list[Job]],
) -> None:
    """Write the files that speak of the whole world."""
    for split in ('train', 'val'):
        parts = [read_part(job) for job in jobs[split]]
        content = writers.label_file(
            parts, options.kinds, f'{_name(world)}, {split}'
        )
        write_json(root / f'{split}.json', content)
        stills = [read_part(job) for job in jobs[f'stills_{split}']]
        content = stills_file(
            stills, options, f'{_name(world)}, stills of {split}'
        )
        write_json(root / f'stills/{split}.json', content)
    for split in ('train', 'val'):
        names = [job.name for job in jobs[f'davis_{split}']]
        path = root / f'davis/ImageSets/2017/{split}.txt'
        with write_atomically(path) as beside:
            beside.write_text(''.join(f'{name}\n' for name in names))
    write_json(root / 'split.json', _split_kinds(options, world))


def _split_kinds(
    options: EasyOptions, world: dict[str, Any]
) -> dict[str, list]:
    """Draw which kinds are unseen; category ids beside the names."""
    rng = item_rng(world['level'], world['seed'], 'train', 2**31)
    order = rng.permutation(len(options.kinds))
    unseen = sorted(int(k) for k in order[: options.num_unseen])
    seen = sorted(int(k) for k in order[options.num_unseen :])
    return {
        'seen': [options.kinds[k] for k in seen],
        'unseen': [options.kinds[k] for k in unseen],
        'seen_ids': [k + 1 for k in seen],
        'unseen_ids': [k + 1 for k in unseen],
    }
