"""Does the pool leak? Retrieval by what must not help, and by what must.

Colours and 16x16 thumbnails know neither kinds nor scenes; if they find the
query's kind, the pool gives it away. The true scene must find it, else no
retriever can. At most one hit per source; a hit is right if the clip shows
the query's target kind. Shapes: Q queries, M clips, D numbers of each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mmselfshot.datasets.toyvis.fewshot.reading import FewshotWorld
from mmselfshot.evaluation.retrieval_metrics import (
    first_of_each_source_order,
    random_precision,
)
from mmselfshot.utils import UserError

SIDE = 16  # of a thumbnail
_NUM_FRAMES = 5


@dataclass(frozen=True)
class ControlPrecision:
    """Precision of a control and of chance on the same queries.

    precision, chance: In [0, 1]. error: Standard error of `precision`.
    """

    name: str
    precision: float
    chance: float
    error: float

    @property
    def ratio(self) -> float:
        """Precision over chance."""
        return self.precision / max(self.chance, 1e-9)


def run_controls(
    world: FewshotWorld,
    k: int = 5,
    progress: Callable[[list], Iterable] = iter,
) -> list[ControlPrecision]:
    """Measure mean colour, thumbnail and true scene on all queries.

    Args:
        world: With queries and a pool.
        k: Hits per query.
        progress: Wraps the list of folders that are read.

    Raises:
        UserError: If there is no query or no clip.
    """
    labels = world.labels['queries']
    queries = list(labels.videos.values())
    if not queries or not world.clips:
        raise UserError(
            f'{world.root} has {len(queries)} queries and '
            f'{len(world.clips)} clips; controls need some of both'
        )
    frames = world.root / 'fewshot_queries' / 'JPEGImages'
    folders = [world.root / clip.name for clip in world.clips]
    folders += [
        frames / Path(video['file_names'][0]).parent for video in queries
    ]
    thumbnails = np.stack([read_thumbnail(one) for one in progress(folders)])
    num = len(world.clips)
    clips, asked = thumbnails[:num], thumbnails[num:]
    is_right = np.array(
        [
            [
                bool(clip.category_ids & set(q['target_ids']))
                for clip in world.clips
            ]
            for q in queries
        ]
    )
    sources = [clip.source for clip in world.clips]
    chance = np.mean([random_precision(row, k, sources) for row in is_right])
    results = []
    for name, of_clips, of_queries in (
        ('mean colour', clips.mean((1, 2)), asked.mean((1, 2))),
        ('thumbnail', clips.reshape(num, -1), asked.reshape(len(asked), -1)),
    ):
        for metric in ('distance', 'cosine'):
            hits = _nearest(of_clips, of_queries, metric, sources, k)
            right = [row[h].sum() / k for row, h in zip(is_right, hits)]
            results.append(
                _summarise(f'{name}, {metric}', right, float(chance))
            )
    return [*results, _by_scene(world, is_right, sources, k, float(chance))]


def read_thumbnail(folder: Path) -> np.ndarray:
    """Mean of a few small frames, (SIDE, SIDE, 3) float64, 0 to 255."""
    paths = sorted(folder.glob('*.jpg'))
    if not paths:
        raise UserError(f'no frame in {folder}; make the world again')
    rows = (np.arange(_NUM_FRAMES) + 0.5) * len(paths) / _NUM_FRAMES
    total = np.zeros((SIDE, SIDE, 3))
    for row in rows.astype(int):
        with Image.open(paths[row]) as picture:
            small = picture.convert('RGB').resize((SIDE, SIDE), Image.BOX)
            total += np.asarray(small, float)
    return total / _NUM_FRAMES


def _nearest(
    clips: np.ndarray,
    queries: np.ndarray,
    metric: str,
    sources: list[str],
    k: int,
) -> list[list[int]]:
    """The k nearest clips of each query, at most one of each source."""
    if metric == 'cosine':
        clips = clips / np.linalg.norm(clips, axis=1, keepdims=True)
        queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    squares = (clips**2).sum(1)[None] - 2 * queries @ clips.T
    orders = squares.argsort(1, kind='stable')
    return [first_of_each_source_order(row, sources, k) for row in orders]


def _by_scene(
    world: FewshotWorld,
    is_right: np.ndarray,
    sources: list[str],
    k: int,
    chance: float,
) -> ControlPrecision:
    """Clips of the query's scene in random order, exactly."""
    scenes = np.array([clip.scene for clip in world.clips])
    right = []
    for row, query in zip(is_right, world.labels['queries'].videos.values()):
        inside = np.flatnonzero(scenes == query['scene'])
        if not len(inside):
            right.append(0.0)
            continue
        of_inside = [sources[clip] for clip in inside]
        right.append(random_precision(row[inside], k, of_inside))
    return _summarise('true scene', right, chance)


def _summarise(
    name: str, right: list[float], chance: float
) -> ControlPrecision:
    error = float(np.std(right) / np.sqrt(len(right)))
    return ControlPrecision(name, float(np.mean(right)), chance, error)
