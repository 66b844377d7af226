"""Differences between two methods on the same videos, with their interval.

Ours: a paired bootstrap in two levels. A draw takes as many groups (worlds
and trainings of one seed) as there are, with replacement, and of each as
many videos as it has, with replacement; both methods are measured on exactly
these, and their difference is averaged over the groups. The interval holds
the middle 95 % of the differences of all draws. It covers what other videos
and other seeds would change, as far as so few seeds can tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

Video = TypeVar('Video')
OfRows = Callable[[Sequence[int]], float]


@dataclass
class PairedDifference:
    """How much larger the first method's number is.

    Attributes:
        mean: Difference on the videos as they are; NaN where nothing counts.
        low: Lower end of the 95 % interval; NaN if nothing counts in any
            draw.
        high: Upper end; likewise.
        num_groups: Seeds.
        num_videos: Videos of all of them.
    """

    mean: float
    low: float
    high: float
    num_groups: int
    num_videos: int

    def as_dict(self) -> dict[str, Any]:
        """The fields, as JSON takes them."""
        return asdict(self)


def paired_difference(
    first: Sequence[Sequence[Video]],
    second: Sequence[Sequence[Video]],
    statistic: Callable[[Sequence[Video]], float] | None = None,
    num_draws: int = 1000,
    seed: int = 0,
    draw_groups: bool = True,
    prepare: Callable[[Sequence[Video]], OfRows] | None = None,
) -> PairedDifference:
    """Compare two methods, group by group and video by video.

    Args:
        first: By group, what was measured on each of its videos.
        second: The same of the other method, in the same order.
        statistic: The number of some videos, such as their AP; -1 or NaN
            where nothing counts, which leaves the draw out. None: there is
            `prepare`.
        num_draws: Of the bootstrap.
        seed: Of the draws.
        draw_groups: False takes every group once in each draw, so that the
            interval speaks of these seeds only.
        prepare: Takes the videos of a group, once, and gives the number of
            any rows of them, where that is faster than `statistic`.

    Raises:
        ValueError: If the two do not have the same groups and videos, or
            there are none.
    """
    sizes = [len(group) for group in first]
    if sizes != [len(group) for group in second] or not sizes or 0 in sizes:
        raise ValueError(
            f'groups of {sizes} and {[len(group) for group in second]} '
            'videos; expected the same, none empty'
        )

    prepare = prepare or partial(_prepare, statistic)
    prepared = [[prepare(group) for group in one] for one in (first, second)]

    def measure(group: int, rows: Sequence[int]) -> float:
        values = [method[group](rows) for method in prepared]
        if any(not np.isfinite(value) or value < 0 for value in values):
            return float('nan')
        return values[0] - values[1]

    mean = np.mean([measure(n, range(size)) for n, size in enumerate(sizes)])
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(num_draws):
        groups = np.arange(len(sizes))
        if draw_groups:
            groups = rng.integers(len(sizes), size=len(sizes))
        draws.append(
            np.mean(
                [
                    measure(n, rng.integers(sizes[n], size=sizes[n]))
                    for n in groups
                ]
            )
        )
    return PairedDifference(
        float(mean), *_middle(np.array(draws)), len(sizes), sum(sizes)
    )


def _middle(draws: np.ndarray) -> tuple[float, float]:
    """Ends of the middle 95 % of the draws that are finite."""
    finite = draws[np.isfinite(draws)]
    if not len(finite):
        return float('nan'), float('nan')
    low, high = np.quantile(finite, [0.025, 0.975])
    return float(low), float(high)


def _prepare(
    statistic: Callable[[Sequence[Video]], float], videos: Sequence[Video]
) -> OfRows:
    return lambda rows: statistic([videos[row] for row in rows])
