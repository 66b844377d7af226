"""One unit of work of a world: a video or a picture, from its own seed."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.datasets.toyvis import writers
from mmselfshot.datasets.toyvis.options import LEVELS, EasyOptions
from mmselfshot.datasets.toyvis.render import render_video
from mmselfshot.datasets.toyvis.scene import draw_video
from mmselfshot.datasets.toyvis.stills import make_still
from mmselfshot.utils import UserError, read_json, write_json

# the position of a split goes into the seed: never reorder
SPLITS = (
    'train',
    'val',
    'pool',
    'davis_train',
    'davis_val',
    'stills_train',
    'stills_val',
)
PARTS = '.parts'
_MAX_DRAWS = 50
_MIN_FRAMES_SEEN = 3


@dataclass(frozen=True)
class Job:
    """Item `index` of a split of the world in `root`."""

    root: Path
    options: EasyOptions
    level: str
    seed: int
    split: str
    index: int

    @property
    def name(self) -> str:
        """Name of the item's folder or file."""
        return f'{self.split}_{self.index:05d}'

    @property
    def part(self) -> Path:
        """The file that says that the item is done, and holds its labels."""
        return self.root / PARTS / self.split / f'{self.index:05d}.json'


def item_rng(
    level: str, seed: int, split: str, index: int, draw: int = 0
) -> np.random.Generator:
    """The generator of one item; it depends on nothing else."""
    key = (seed, list(LEVELS).index(level), SPLITS.index(split), index, draw)
    return np.random.default_rng(key)


def make_video(
    options: EasyOptions, level: str, seed: int, split: str, index: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Render one video of a world.

    It is drawn again until each named object is seen in three frames (in
    all of them if there are fewer) and, in the DAVIS splits, in frame 0.

    Returns:
        As `render_video`, with the masks of slivers emptied.

    Raises:
        UserError: If no draw shows all its objects.
    """
    is_davis = split.startswith('davis')
    for draw in range(_MAX_DRAWS):
        rng = item_rng(level, seed, split, index, draw)
        spec = draw_video(options, rng, are_there_first=is_davis)
        frames, masks, kinds = render_video(spec)
        masks = writers.drop_slivers(masks, options.min_pixels)
        seen = masks.any((2, 3))
        enough = seen.sum(1) >= min(_MIN_FRAMES_SEEN, options.num_frames)
        if enough.all() and (seen[:, 0].all() or not is_davis):
            return frames, masks, kinds
    raise UserError(
        f'video {index} of {split}: {_MAX_DRAWS} draws left an object '
        'hidden; lower max_objects or min_pixels, or make frames larger'
    )


def run_job(job: Job) -> None:
    """Make one item and its part file."""
    if job.split.startswith('stills'):
        _run_still(job)
    else:
        _run_video(job)


def _run_still(job: Job) -> None:
    rng = item_rng(job.level, job.seed, job.split, job.index)
    image, labels = make_still(job.options, rng)
    file_name = f'{job.index:05d}.jpg'
    folder = job.root / 'stills' / job.split.removeprefix('stills_')
    writers.save_picture(folder / file_name, image, job.options.jpeg_quality)
    write_json(job.part, {'file_name': file_name, **labels})


def _run_video(job: Job) -> None:
    options = job.options
    frames, masks, kinds = make_video(
        options, job.level, job.seed, job.split, job.index
    )
    part: dict[str, Any] = {'name': job.name}
    quality = options.jpeg_quality
    if job.split == 'pool':
        writers.save_folder(job.root / 'pool' / job.name, frames, quality)
    elif job.split.startswith('davis'):
        davis = job.root / 'davis'
        images = davis / 'JPEGImages/480p' / job.name
        writers.save_folder(images, frames, quality)
        owners = writers.owner_map(masks)
        for t, owner in enumerate(owners):
            path = davis / 'Annotations/480p' / job.name / f'{t:05d}.png'
            writers.save_indexed(path, owner)
    else:
        folder = job.root / job.split / 'JPEGImages' / job.name
        names = writers.save_folder(folder, frames, quality)
        part['video'] = writers.video_entry(
            job.index + 1, names, options.height, options.width
        )
        ids = [options.kinds.index(kind) + 1 for kind in kinds]
        part['annotations'] = writers.annotation_entries(masks, ids)
    write_json(job.part, part)


def read_part(job: Job) -> dict[str, Any]:
    """Read what `run_job` has written."""
    return read_json(job.part)


def is_done(job: Job) -> bool:
    """Whether an earlier run finished the item."""
    return job.part.is_file()


def forget_parts(root: Path) -> None:
    """Remove the part files of a finished world."""
    shutil.rmtree(root / PARTS, ignore_errors=True)
