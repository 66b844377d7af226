"""From a plan to numbers: who is where in a video, and in which colours.

Targets and what is no target are matched: the first non-targets are twins of
the targets, of the same size, speed and time in the picture, and all places
are drawn alike. Clips of a source share kinds and scene, and nothing else.
"""

from dataclasses import dataclass

import numpy as np

from mmselfshot.datasets.toyvis.fewshot.kinds import Kind
from mmselfshot.datasets.toyvis.fewshot.motions import (
    come_and_go,
    draw_motion,
)
from mmselfshot.datasets.toyvis.fewshot.options import FewshotOptions
from mmselfshot.datasets.toyvis.fewshot.plan import VideoPlan
from mmselfshot.datasets.toyvis.motion import sway
from mmselfshot.datasets.toyvis.scene import draw_seed
from mmselfshot.datasets.toyvis.textures import second_colour, to_lab

_PLACES = 6  # of which the one farthest from the others is taken


@dataclass(frozen=True)
class Mover:
    """One object over T frames, uncoloured.

    kind: None for a shape of none of the kinds.
    is_target: Whether its kind is one of the video's targets.
    seed: Of the surface. centre: (T, 2) pixels. size: (T,) pixels.
    angle: (T,) radians. squash, bend: (T,) relative, 0 = none.
    """

    kind: Kind | None
    is_target: bool
    seed: int
    centre: np.ndarray
    size: np.ndarray
    angle: np.ndarray
    squash: np.ndarray
    bend: np.ndarray


@dataclass(frozen=True)
class Looks:
    """What changes from segment to segment; S segments, N movers.

    ground: (S, 2, 3) the background's two colours, RGB in [0, 255].
    surfaces: (S, N, 2, 3) two colours of each mover.
    zoom, blur: (S,). shift: (S, 2) pixels. pan: (S, 2) pixels per frame.
    gain: (S,) brightness factor. slope: (S, 2) its change over the picture.
    """

    ground: np.ndarray
    surfaces: np.ndarray
    zoom: np.ndarray
    blur: np.ndarray
    shift: np.ndarray
    pan: np.ndarray
    gain: np.ndarray
    slope: np.ndarray


@dataclass(frozen=True)
class FewshotSpec:
    """All that `render_fewshot` needs; `movers` go from bottom to top.

    segment: (T,) int, the segment of each frame. noise: grey levels.
    seed: Of the scene's field and the noise.
    """

    height: int
    width: int
    movers: tuple[Mover, ...]
    scene: str
    segment: np.ndarray
    looks: Looks
    noise: float
    seed: int


def draw_fewshot_video(
    options: FewshotOptions,
    plan: VideoPlan,
    num_segments: int,
    rng: np.random.Generator,
) -> FewshotSpec:
    """Draw all that happens in one video."""
    num = options.num_frames
    movers = _draw_movers(options, plan, rng)
    order = rng.permutation(len(movers))
    num_segments = min(num_segments, num)
    return FewshotSpec(
        height=options.height,
        width=options.width,
        movers=tuple(movers[k] for k in order),
        scene=plan.scene,
        segment=np.arange(num) * num_segments // num,
        looks=draw_looks(options, num_segments, len(movers), rng),
        noise=options.noise * rng.uniform(0.4, 1),
        seed=draw_seed(rng),
    )


@dataclass(frozen=True)
class _Part:
    """What twins share: (size, speed, first and last frame inside)."""

    size: float
    speed: float
    first: int
    last: int


def _draw_part(options: FewshotOptions, rng: np.random.Generator) -> _Part:
    num = options.num_frames
    late, early = rng.uniform(size=2)
    first = last = 0
    if late < options.late_prob:
        first = int(rng.integers(1, max(num // 3, 2)))
    if early < options.early_prob:
        last = int(rng.integers(1, max(num // 3, 2)))
    return _Part(
        float(rng.uniform(options.min_size, options.max_size)),
        float(rng.uniform(options.min_speed, options.max_speed)),
        first,
        num - 1 - last,
    )


def _share_out(
    options: FewshotOptions, plan: VideoPlan, rng: np.random.Generator
) -> list[tuple[Kind | None, bool, _Part]]:
    """Give every object a kind, and twins the same part."""
    if not plan.kinds:
        num = int(rng.integers(options.max_clutter + 1))
        return [(None, False, _draw_part(options, rng)) for _ in range(num)]
    per_kind = int(rng.integers(1, options.max_targets + 1))
    per_kind = max(per_kind // len(plan.targets), 1)
    parts = [_draw_part(options, rng) for _ in range(per_kind)]
    if plan.is_swap:
        return [(kind, True, part) for part in parts for kind in plan.targets]
    targets = [
        (kind, True, _draw_part(options, rng) if k else part)
        for part in parts
        for k, kind in enumerate(plan.targets)
    ]
    num_others = len(targets) + int(rng.uniform() < options.extra_prob)
    others = []
    for k in range(max(num_others, len(plan.others))):
        kind = plan.others[k % len(plan.others)]
        others.append((kind, False, targets[k % len(targets)][2]))
    return targets + others


def _draw_movers(
    options: FewshotOptions, plan: VideoPlan, rng: np.random.Generator
) -> list[Mover]:
    cast = _share_out(options, plan, rng)
    places = _draw_places(options, len(cast), rng)
    return [
        _draw_mover(options, *member, place, rng)
        for member, place in zip(cast, places)
    ]


def _draw_places(
    options: FewshotOptions, num: int, rng: np.random.Generator
) -> np.ndarray:
    """Places that keep some distance, (num, 2), in any order."""
    sides = np.array([options.width, options.height], float)
    places = np.zeros((0, 2))
    for _ in range(num):
        margin = np.minimum(0.5 * options.max_size, sides / 2)
        tried = rng.uniform(margin, sides - margin, (_PLACES, 2))
        gaps = np.linalg.norm(tried[:, None] - places[None], axis=2)
        best = gaps.min(1).argmax() if len(places) else 0
        places = np.concatenate([places, tried[best : best + 1]])
    return places[rng.permutation(num)]


def _draw_mover(
    options: FewshotOptions,
    kind: Kind | None,
    is_target: bool,
    part: _Part,
    place: np.ndarray,
    rng: np.random.Generator,
) -> Mover:
    num = options.num_frames
    sides = np.array([options.width, options.height], float)
    margin = np.minimum(0.5 * part.size, sides / 2)
    motion = (
        kind.motion
        if kind is not None
        else options.motions[int(rng.integers(len(options.motions)))]
    )
    path = draw_motion(
        motion, place, part.speed, num, margin, sides - margin, rng
    )
    tilt = np.radians(options.tilting)
    return Mover(
        kind=kind,
        is_target=is_target,
        seed=draw_seed(rng),
        centre=come_and_go(path, part.first, part.last, part.size, sides),
        size=np.full(num, part.size),
        angle=tilt * (rng.uniform(-1, 1) + 0.5 * sway(rng, num)),
        squash=options.squashing * sway(rng, num) * rng.uniform(0.3, 1),
        bend=options.bending * sway(rng, num) * rng.uniform(0.3, 1),
    )


def draw_looks(
    options: FewshotOptions,
    num_segments: int,
    num_movers: int,
    rng: np.random.Generator,
) -> Looks:
    """Draw the look of each segment, apart from all others."""
    num = num_segments
    ground = np.zeros((num, 2, 3), np.float32)
    surfaces = np.zeros((num, num_movers, 2, 3), np.float32)
    for s in range(num):
        ground[s] = _draw_ground(rng)
        for n in range(num_movers):
            first = _draw_standing_out(ground[s], options.contrast, rng)
            surfaces[s, n] = first, second_colour(first, rng)
    angle = rng.uniform(0, 2 * np.pi, num)
    speed = options.panning * rng.uniform(0.2, 1, num)
    return Looks(
        ground=ground,
        surfaces=surfaces,
        zoom=rng.uniform(options.min_zoom, options.max_zoom, num),
        blur=options.blurring * rng.uniform(0, 1, num),
        shift=rng.uniform(-8, 8, (num, 2)),
        pan=speed[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1),
        gain=1 + options.lighting * rng.uniform(-1, 1, num),
        slope=options.lighting * rng.uniform(-1, 1, (num, 2)),
    )


def _draw_ground(rng: np.random.Generator) -> np.ndarray:
    """Two colours, (2, 3), the darker one first or second."""
    base = rng.uniform(50, 205, 3)
    step = rng.uniform(28, 44) + rng.uniform(-12, 12, 3)
    if rng.uniform() < 0.5:
        step = -step
    return np.clip(np.stack([base - step / 2, base + step / 2]), 0, 255)


def _draw_standing_out(
    ground: np.ndarray, contrast: float, rng: np.random.Generator
) -> np.ndarray:
    """A colour far from both of the ground's, (3,) float32."""
    tried = rng.uniform(0, 255, (24, 3)).astype(np.float32)
    away = to_lab(tried)[:, None] - to_lab(ground.astype(np.float32))[None]
    gaps = np.linalg.norm(away, axis=2).min(1)
    far = gaps >= contrast
    return tried[int(far.argmax() if far.any() else gaps.argmax())]
