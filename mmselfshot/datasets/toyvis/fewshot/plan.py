"""Which kinds meet where: the plan of a world of level `fewshot`.

Each video has target kinds, kinds that are not the target, and a scene. The
scene is the first target's preferred one with probability `scene_prob`, else
another one; kinds that are no target never prefer the scene that is shown.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mmselfshot.datasets.toyvis.fewshot.kinds import (
    Kind,
    KindTable,
    make_kinds,
)
from mmselfshot.datasets.toyvis.fewshot.options import (
    FewshotOptions,
    max_sources_of_kind,
)
from mmselfshot.utils import UserError

# the position goes into the seed: never reorder
PARTS_OF_PLAN = ('train', 'queries', 'swap', 'multi', 'pool', 'pool_scenes')
_MAX_PLANS = 100


@dataclass(frozen=True)
class VideoPlan:
    """What a video shows, without where and how.

    targets: Kinds that are the target; none in a clip of junk.
    others: Kinds that are not.
    scene: Name of the background's structure.
    source: Name of the video that the clip is cut from; clips of one source
        show the same kinds in the same scene.
    is_swap: Whether two kinds are equal: each is the other's non-target.
    """

    targets: tuple[Kind, ...]
    others: tuple[Kind, ...]
    scene: str
    source: str = ''
    is_swap: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All of them, targets first."""
        return (*self.targets, *self.others)


def plan_rng(seed: int, part: str, *key: int) -> np.random.Generator:
    """The generator of one part of the plan."""
    return np.random.default_rng((seed, 77, PARTS_OF_PLAN.index(part), *key))


def plan_split(
    options: FewshotOptions, seed: int, split: str
) -> list[VideoPlan]:
    """Plan all videos of a labelled split, or all clips of the pool.

    Args:
        options: Of the world.
        seed: Of the world.
        split: `train` (seen kinds), `queries`, `swap` (two kinds in turn the
            target), `multi` (1 to `max_target_kinds` target kinds; all of
            unseen kinds) or `pool`.
    """
    table = make_kinds(options)
    if split == 'pool':
        return plan_pool(options, seed)
    is_unseen = split != 'train'
    group, scenes = table.group(is_unseen), table.scenes(is_unseen)
    num = getattr(options, f'num_{split}')
    cycle = _cycle(group, num, plan_rng(seed, split))
    plans = []
    for index, kind in enumerate(cycle):
        rng = plan_rng(seed, split, index)
        if split == 'swap':
            plans.append(_plan_swap(kind, group, scenes, rng))
        else:
            num_targets = 1
            if split == 'multi':
                num_targets += index % options.max_target_kinds
            plans.append(
                _plan_video(options, kind, num_targets, group, scenes, rng)
            )
    return plans


def _cycle(
    kinds: tuple[Kind, ...], num: int, rng: np.random.Generator
) -> list[Kind]:
    """Each kind once, in any order, again and again."""
    result: list[Kind] = []
    while len(result) < num:
        result += [kinds[k] for k in rng.permutation(len(kinds))]
    return result[:num]


def _draw_scene_of(
    options: FewshotOptions,
    kind: Kind,
    scenes: tuple[str, ...],
    rng: np.random.Generator,
) -> str:
    if rng.uniform() < options.scene_prob or len(scenes) < 2:
        return kind.scene
    rest = [name for name in scenes if name != kind.scene]
    return rest[int(rng.integers(len(rest)))]


def _plan_video(
    options: FewshotOptions,
    kind: Kind,
    num_targets: int,
    group: tuple[Kind, ...],
    scenes: tuple[str, ...],
    rng: np.random.Generator,
) -> VideoPlan:
    scene = _draw_scene_of(options, kind, scenes, rng)
    targets = [kind]
    while len(targets) < num_targets:
        targets.append(_pick(targets, group, rng))
    num_others = 1 + int(rng.uniform() < options.second_kind_prob)
    others: list[Kind] = []
    avoided = {scene, *(target.scene for target in targets)}
    while len(others) < num_others:
        others.append(_pick([*targets, *others], group, rng, avoided))
    return VideoPlan(tuple(targets), tuple(others), scene)


def _plan_swap(
    kind: Kind,
    group: tuple[Kind, ...],
    scenes: tuple[str, ...],
    rng: np.random.Generator,
) -> VideoPlan:
    """Two kinds in a scene that neither of them prefers."""
    other = _pick([kind], group, rng, {kind.scene})
    rest = [one for one in scenes if one not in (kind.scene, other.scene)]
    scene = rest[int(rng.integers(len(rest)))] if rest else kind.scene
    return VideoPlan((kind, other), (), scene, is_swap=True)


def _pick(
    chosen: list[Kind],
    group: tuple[Kind, ...],
    rng: np.random.Generator,
    avoided: frozenset[str] | set[str] = frozenset(),
) -> Kind:
    """A kind that is near to none of those chosen, of no avoided scene."""
    fit = [
        kind
        for kind in group
        if kind.scene not in avoided
        and not any(kind.is_near(one) for one in chosen)
    ]
    if not fit:
        raise UserError(
            f'no kind of {len(group)} differs enough from '
            f'{", ".join(kind.name for kind in chosen)}; give more outlines, '
            'surfaces, motions or scenes'
        )
    return fit[int(rng.integers(len(fit)))]


def plan_pool(options: FewshotOptions, seed: int) -> list[VideoPlan]:
    """Plan the pool: clips of one source follow each other.

    Unseen kinds are the target in `sources_per_unseen` sources each, seen
    ones in the rest, junk apart; kinds that are no target are those that are
    still rare, so that no kind is in more than `max_frequency_share` of all.

    Raises:
        UserError: If some kind cannot be kept that rare.
    """
    for attempt in range(_MAX_PLANS):
        rng = plan_rng(seed, 'pool', attempt)
        sources = _plan_sources(options, make_kinds(options), rng)
        if sources is not None:
            break
    else:
        raise UserError(
            f'no kind is rare enough for a pool of {options.num_pool} clips; '
            'raise max_frequency_share or junk_share'
        )
    order = rng.permutation(len(sources))
    return [
        VideoPlan(
            plan.targets, plan.others, plan.scene, f'source_{number:05d}'
        )
        for number, k in enumerate(order)
        for plan in [sources[k]] * options.clips_per_source
    ]


def _plan_sources(
    options: FewshotOptions, table: KindTable, rng: np.random.Generator
) -> list[VideoPlan] | None:
    scenes = (*table.scenes_seen, *table.scenes_unseen)
    unseen, seen = table.group(True), table.group(False)
    if not options.num_pool:
        return []
    main = [*unseen] * options.sources_per_unseen
    rest = options.num_sources - options.num_junk - len(main)
    main += _cycle(seen, rest, rng)
    most = max_sources_of_kind(options)
    count = Counter(main)
    if max(count.values()) > most:
        return None
    plans = [
        VideoPlan((), (), scenes[int(k)])
        for k in rng.integers(len(scenes), size=options.num_junk)
    ]
    for kind in main:
        scene = _draw_scene_of(options, kind, scenes, rng)
        num_others = 1 + int(rng.uniform() < options.second_kind_prob)
        others: list[Kind] = []
        for _ in range(num_others):
            free = tuple(one for one in table.kinds if count[one] < most)
            try:
                other = _pick([kind, *others], free, rng, {scene, kind.scene})
            except UserError:
                return None
            others.append(other)
            count[other] += 1
        plans.append(VideoPlan((kind,), tuple(others), scene))
    return plans
