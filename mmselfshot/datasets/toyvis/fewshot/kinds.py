"""The kinds of level `fewshot`, who of them is unseen, and their scenes.

A kind is an outline, a surface and a motion. Each pair of outline and
surface is one kind, so that a kind can be told from a still picture too and
stills without unseen kinds can be made; its motion follows from the place of
the pair in a shuffled table, as evenly as it goes.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from mmselfshot.datasets.toyvis.fewshot.options import FewshotOptions
from mmselfshot.datasets.toyvis.fewshot.scenes import SCENES
from mmselfshot.utils import UserError

_KEY = 0x5E1F5  # of the generator of kinds, beside split_seed


@dataclass(frozen=True)
class Kind:
    """A combination of attributes.

    number: Place in the table, from 0; its category id is one more.
    scene: Name of the preferred background structure.
    """

    number: int
    outline: str
    surface: str
    motion: str
    is_unseen: bool
    scene: str

    @property
    def look(self) -> str:
        """What a still shows of it, such as `striped-star`."""
        return f'{self.surface}-{self.outline}'

    @property
    def name(self) -> str:
        """Such as `striped-star-circling`."""
        return f'{self.look}-{self.motion}'

    def is_near(self, other: 'Kind') -> bool:
        """Whether two of the three attributes, or all, are the same."""
        same = (
            (self.outline == other.outline)
            + (self.surface == other.surface)
            + (self.motion == other.motion)
        )
        return same >= 2


@dataclass(frozen=True)
class KindTable:
    """All kinds of a world.

    scenes_seen, scenes_unseen: Names of the scenes that each group prefers;
    no scene is in both.
    """

    kinds: tuple[Kind, ...]
    scenes_seen: tuple[str, ...]
    scenes_unseen: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the category ids."""
        return tuple(kind.name for kind in self.kinds)

    def group(self, is_unseen: bool) -> tuple[Kind, ...]:
        """The unseen or the seen kinds, by number."""
        return tuple(one for one in self.kinds if one.is_unseen == is_unseen)

    def scenes(self, is_unseen: bool) -> tuple[str, ...]:
        """The scenes that a group prefers."""
        return self.scenes_unseen if is_unseen else self.scenes_seen


@cache
def make_kinds(options: FewshotOptions) -> KindTable:
    """Draw motions, split and scenes, from `split_seed` alone.

    Raises:
        UserError: If some attribute value is left to unseen kinds only, or
            there are fewer scenes than asked for.
    """
    rng = np.random.default_rng((options.split_seed, _KEY))
    wanted = options.num_scenes_seen + options.num_scenes_unseen
    if wanted > len(SCENES):
        raise UserError(
            f'num_scenes_seen + num_scenes_unseen is {wanted}; there are '
            f'{len(SCENES)} scenes'
        )
    scenes = [list(SCENES)[k] for k in rng.permutation(len(SCENES))[:wanted]]
    groups = {
        False: tuple(scenes[: options.num_scenes_seen]),
        True: tuple(scenes[options.num_scenes_seen :]),
    }
    triples = _draw_triples(options, rng)
    unseen = _choose_unseen(triples, options.num_unseen, rng)
    _check_values(triples, unseen)
    shares: Counter = Counter()
    scene_of = {}
    for number in rng.permutation(len(triples)):
        is_unseen = int(number) in unseen
        names = groups[is_unseen]
        scene_of[int(number)] = names[shares[is_unseen] % len(names)]
        shares[is_unseen] += 1
    kinds = tuple(
        Kind(number, *triple, number in unseen, scene_of[number])
        for number, triple in enumerate(triples)
    )
    return KindTable(kinds, groups[False], groups[True])


def _draw_triples(
    options: FewshotOptions, rng: np.random.Generator
) -> list[tuple[str, str, str]]:
    rows = rng.permutation(len(options.outlines))
    columns = rng.permutation(len(options.surfaces))
    motions = rng.permutation(len(options.motions))
    return [
        (
            outline,
            surface,
            options.motions[motions[(rows[i] + columns[j]) % len(motions)]],
        )
        for i, outline in enumerate(options.outlines)
        for j, surface in enumerate(options.surfaces)
    ]


def _choose_unseen(
    triples: list[tuple[str, str, str]],
    num_unseen: int,
    rng: np.random.Generator,
) -> set[int]:
    """Take the kind whose values were taken least, again and again."""
    size = Counter(value for triple in triples for value in triple)
    taken: Counter = Counter()
    order = [int(k) for k in rng.permutation(len(triples))]
    chosen: set[int] = set()
    for _ in range(num_unseen):
        best = min(
            (k for k in order if k not in chosen),
            key=lambda k: sum(taken[v] / size[v] for v in triples[k]),
        )
        chosen.add(best)
        taken.update(triples[best])
    return chosen


def _check_values(
    triples: list[tuple[str, str, str]], unseen: set[int]
) -> None:
    seen = {v for k, t in enumerate(triples) if k not in unseen for v in t}
    lost = sorted({v for triple in triples for v in triple} - seen)
    if lost:
        raise UserError(
            f'no seen kind has {", ".join(lost)}; lower num_unseen, so that '
            'only combinations are new'
        )
