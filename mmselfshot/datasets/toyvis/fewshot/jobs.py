"""One unit of work of a world of level `fewshot`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.datasets.toyvis import writers
from mmselfshot.datasets.toyvis.fewshot.options import FewshotOptions
from mmselfshot.datasets.toyvis.fewshot.plan import VideoPlan, plan_split
from mmselfshot.datasets.toyvis.fewshot.render import render_fewshot
from mmselfshot.datasets.toyvis.fewshot.stills import make_fewshot_still
from mmselfshot.datasets.toyvis.fewshot.video import (
    FewshotSpec,
    draw_fewshot_video,
)
from mmselfshot.datasets.toyvis.jobs import PARTS
from mmselfshot.utils import UserError, write_json

LABELLED = ('train', 'queries', 'swap', 'multi')
# the position of a split goes into the seed: never reorder
SPLITS = (*LABELLED, 'pool', 'stills_train', 'stills_val')
_LEVEL = 2  # goes into the seed
_MAX_DRAWS = 60


@dataclass(frozen=True)
class FewshotJob:
    """Item `index` of a split of the world in `root`.

    plan: What a video shows; None for a still.
    """

    root: Path
    options: FewshotOptions
    seed: int
    split: str
    index: int
    plan: VideoPlan | None = None

    @property
    def name(self) -> str:
        """Name of the item's folder."""
        if self.split == 'pool':
            return f'clip_{self.index:05d}'
        return f'{self.split}_{self.index:05d}'

    @property
    def part(self) -> Path:
        """The file that says that the item is done, and holds its labels."""
        return self.root / PARTS / self.split / f'{self.index:05d}.json'


def make_fewshot_jobs(
    root: Path, options: FewshotOptions, seed: int
) -> dict[str, list[FewshotJob]]:
    """All items of a world, by split."""
    jobs = {}
    for split in SPLITS:
        if split.startswith('stills'):
            plans = [None] * getattr(options, f'num_{split}')
        else:
            plans = plan_split(options, seed, split)
        jobs[split] = [
            FewshotJob(root, options, seed, split, index, plan)
            for index, plan in enumerate(plans)
        ]
    return jobs


def item_rng(
    seed: int, split: str, index: int, draw: int = 0
) -> np.random.Generator:
    """The generator of one item; it depends on nothing else."""
    key = (seed, _LEVEL, SPLITS.index(split), index, draw)
    return np.random.default_rng(key)


def make_fewshot_video(
    options: FewshotOptions,
    seed: int,
    split: str,
    index: int,
    plan: VideoPlan,
) -> tuple[FewshotSpec, np.ndarray, np.ndarray]:
    """Render one video of a world.

    It is drawn again until each object is seen in `min_seen_share` of the
    frames.

    Returns:
        The spec, frames (T, H, W, 3) uint8, and masks (N, T, H, W) bool in
        the order of its movers, those of slivers emptied.

    Raises:
        UserError: If no draw shows all its objects.
    """
    segments = (
        options.pool_segments if split == 'pool' else options.labelled_segments
    )
    for draw in range(_MAX_DRAWS):
        rng = item_rng(seed, split, index, draw)
        spec = draw_fewshot_video(options, plan, segments, rng)
        frames, masks = render_fewshot(spec)
        masks = writers.drop_slivers(masks, options.min_pixels)
        seen = masks.any((2, 3)).mean(1)
        if (seen >= options.min_seen_share).all():
            return spec, frames, masks
    raise UserError(
        f'video {index} of {split}: {_MAX_DRAWS} draws left an object '
        'hidden; lower max_targets, max_size or min_seen_share'
    )


def run_fewshot_job(job: FewshotJob) -> None:
    """Make one item and its part file."""
    quality = job.options.jpeg_quality
    if job.plan is None:
        rng = item_rng(job.seed, job.split, job.index)
        image, labels = make_fewshot_still(job.options, rng)
        name = f'{job.index:05d}.jpg'
        folder = job.root / 'stills' / job.split.removeprefix('stills_')
        writers.save_picture(folder / name, image, quality)
        write_json(job.part, {'file_name': name, **labels})
        return
    spec, frames, masks = make_fewshot_video(
        job.options, job.seed, job.split, job.index, job.plan
    )
    if job.split == 'pool':
        writers.save_folder(job.root / 'pool' / job.name, frames, quality)
        write_json(job.part, _pool_part(job))
        return
    folder = job.root / f'fewshot_{job.split}' / 'JPEGImages' / job.name
    names = writers.save_folder(folder, frames, quality)
    write_json(job.part, _labelled_part(job, spec, names, masks))


def _ids(kinds: tuple) -> list[int]:
    return [kind.number + 1 for kind in kinds]


def _pool_part(job: FewshotJob) -> dict[str, Any]:
    """What only an evaluation may know of a clip."""
    return {
        'name': f'pool/{job.name}',
        'source': job.plan.source,
        'category_ids': _ids(job.plan.kinds),
        'target_ids': _ids(job.plan.targets),
        'scene': job.plan.scene,
    }


def _labelled_part(
    job: FewshotJob,
    spec: FewshotSpec,
    names: list[str],
    masks: np.ndarray,
) -> dict[str, Any]:
    options = job.options
    video = writers.video_entry(
        job.index + 1, names, options.height, options.width
    )
    video['target_ids'] = _ids(job.plan.targets)
    video['scene'] = job.plan.scene
    video['source'] = job.name
    ids = [mover.kind.number + 1 for mover in spec.movers]
    entries = writers.annotation_entries(masks, ids)
    for entry, mover in zip(entries, spec.movers):
        entry['is_target'] = mover.is_target
    return {'name': job.name, 'video': video, 'annotations': entries}
