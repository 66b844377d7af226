"""The files that speak of a whole world of level `fewshot`."""

import csv
from pathlib import Path
from typing import Any

from mmselfshot.datasets.toyvis import writers
from mmselfshot.datasets.toyvis.fewshot.jobs import LABELLED, FewshotJob
from mmselfshot.datasets.toyvis.fewshot.kinds import make_kinds
from mmselfshot.datasets.toyvis.fewshot.options import FewshotOptions
from mmselfshot.datasets.toyvis.fewshot.stills import still_names
from mmselfshot.datasets.toyvis.stills import stills_file
from mmselfshot.utils import read_json, write_atomically, write_json

TRUTH = 'pool_truth.json'
POOL_LIST = 'pool.csv'
MADE = (
    *(f'fewshot_{split}.json' for split in LABELLED),
    *(f'fewshot_{split}' for split in LABELLED),
    *(TRUTH, POOL_LIST, 'split.json', 'pool', 'stills'),
)


def write_labels(
    root: Path,
    options: FewshotOptions,
    title: str,
    jobs: dict[str, list[FewshotJob]],
) -> None:
    """Write all of them.

    Args:
        root: The world's folder.
        options: Of the world.
        title: Names the world.
        jobs: By split, all done.
    """
    table = make_kinds(options)
    for split in LABELLED:
        parts = [read_json(job.part) for job in jobs[split]]
        content = writers.label_file(parts, table.names, f'{title}, {split}')
        write_json(root / f'fewshot_{split}.json', content)
    for split in ('train', 'val'):
        parts = [read_json(job.part) for job in jobs[f'stills_{split}']]
        content = stills_file(
            parts,
            still_names(options),
            options.still_side,
            f'{title}, stills of {split}',
        )
        write_json(root / f'stills/{split}.json', content)
    clips = [read_json(job.part) for job in jobs['pool']]
    _write_pool(root, title, clips, table.names)
    write_json(root / 'split.json', _split_of(options))


def _write_pool(
    root: Path,
    title: str,
    clips: list[dict[str, Any]],
    names: tuple[str, ...],
) -> None:
    path = root / POOL_LIST
    with (
        write_atomically(path) as beside,
        open(beside, 'w', newline='') as file,
    ):
        lines = csv.writer(file, lineterminator='\n')
        lines.writerow(['path', 'start', 'end', 'source'])
        lines.writerows(
            [clip['name'], '', '', clip['source']] for clip in clips
        )
    content = {
        'info': {'description': f'{title}, kinds in the clips of the pool'},
        'categories': writers.categories(names),
        'clips': clips,
    }
    write_json(root / TRUTH, content)


def _split_of(options: FewshotOptions) -> dict[str, Any]:
    """Seen and unseen kinds, and of each kind what makes it."""
    table = make_kinds(options)
    split: dict[str, Any] = {}
    for name, is_unseen in (('seen', False), ('unseen', True)):
        group = table.group(is_unseen)
        split[name] = [kind.name for kind in group]
        split[f'{name}_ids'] = [kind.number + 1 for kind in group]
        split[f'{name}_scenes'] = list(table.scenes(is_unseen))
    split['kinds'] = [
        {
            'id': kind.number + 1,
            'name': kind.name,
            'outline': kind.outline,
            'surface': kind.surface,
            'motion': kind.motion,
            'scene': kind.scene,
        }
        for kind in table.kinds
    ]
    return split


def expected_files(options: dict[str, Any]) -> dict[str, int]:
    """How many files a whole world has, by pattern.

    Args:
        options: As world.json holds them.
    """
    frames = options['num_frames']
    wanted = {'pool/*/*.jpg': options['num_pool'] * frames}
    for split in LABELLED:
        pattern = f'fewshot_{split}/JPEGImages/*/*.jpg'
        wanted[pattern] = options[f'num_{split}'] * frames
        wanted[f'fewshot_{split}.json'] = 1
    for split in ('train', 'val'):
        wanted[f'stills/{split}/*.jpg'] = options[f'num_stills_{split}']
        wanted[f'stills/{split}.json'] = 1
    for name in (TRUTH, POOL_LIST, 'split.json'):
        wanted[name] = 1
    return wanted
