"""Make a ToyVIS world: all its files, from a level and a seed.

Source: DESIGN of this project, ToyVIS; no paper. Same options and seed, same
bytes, with any number of processes.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmselfshot.datasets.toyvis import standard_files
from mmselfshot.datasets.toyvis.fewshot import files as fewshot_files
from mmselfshot.datasets.toyvis.fewshot.jobs import (
    make_fewshot_jobs,
    run_fewshot_job,
)
from mmselfshot.datasets.toyvis.jobs import (
    PARTS,
    SPLITS,
    Job,
    forget_parts,
    is_done,
    run_job,
)
from mmselfshot.datasets.toyvis.options import make_options
from mmselfshot.datasets.toyvis.workers import run_jobs
from mmselfshot.utils import UserError, read_json, write_json

VERSION = 1  # of the generator: another number, other bytes


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
        level: `easy`, `standard` or `fewshot`.
        seed: Not negative; another seed, another world.
        num_workers: Processes.
        overwrite: Whether a world of other options in `root` is replaced.
        show_progress: Whether to draw a bar on stderr.
        changes: Options that differ from the level's, see `EasyOptions` and
            `FewshotOptions`.

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
    title = _name(world)
    if level == 'fewshot':
        jobs, run = make_fewshot_jobs(root, options, seed), run_fewshot_job
    else:
        jobs, run = _make_jobs(root, options, level, seed), run_job
    if _claim(root, world, overwrite):
        return dict.fromkeys(jobs, 0)
    missing = {
        split: [job for job in items if not is_done(job)]
        for split, items in jobs.items()
    }
    todo = [job for items in missing.values() for job in items]
    run_jobs(run, todo, num_workers, f'ToyVIS {level}', show_progress)
    if level == 'fewshot':
        fewshot_files.write_labels(root, options, title, jobs)
    else:
        standard_files.write_labels(root, options, title, level, seed, jobs)
    write_json(root / 'world.json', {**world, 'is_finished': True})
    forget_parts(root)
    return {split: len(items) for split, items in missing.items()}


def _make_jobs(
    root: Path, options: Any, level: str, seed: int
) -> dict[str, list[Job]]:
    return {
        split: [
            Job(root, options, level, seed, split, index)
            for index in range(getattr(options, f'num_{split}'))
        ]
        for split in SPLITS
    }


def _describe(level: str, seed: int, options: Any) -> dict[str, Any]:
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
            _clear(root, found.get('level'))
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


def _files_of(level: str | None) -> Any:
    return fewshot_files if level == 'fewshot' else standard_files


def _clear(root: Path, level: str | None) -> None:
    """Remove what a world consists of, world.json last, nothing else."""
    for name in (PARTS, *_files_of(level).MADE, 'world.json'):
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
    wanted = _files_of(world['level']).expected_files(world['options'])
    return all(
        sum(1 for _ in root.glob(pattern)) == number
        for pattern, number in wanted.items()
    )
