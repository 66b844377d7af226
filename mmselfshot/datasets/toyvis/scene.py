"""What happens in a ToyVIS video: drawn as numbers, before any picture."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from mmselfshot.datasets.toyvis.backgrounds import BACKGROUNDS
from mmselfshot.datasets.toyvis.motion import draw_camera, draw_path, sway
from mmselfshot.datasets.toyvis.options import EasyOptions
from mmselfshot.datasets.toyvis.textures import COLOURS, PATTERNS, to_lab


@dataclass(frozen=True)
class Body:
    """One object or one piece of clutter over T frames.

    kind: Name of the kind, None for clutter outside the vocabulary.
    seed: Of the surface (and, for clutter, of the outline).
    centre: (T, 2) x and y in pixels. size: (T,) mean side in pixels.
    angle: (T,) radians. squash, bend: (T,) relative, 0 = none.
    """

    kind: str | None
    colour: str
    pattern: str
    seed: int
    centre: np.ndarray
    size: np.ndarray
    angle: np.ndarray
    squash: np.ndarray
    bend: np.ndarray


@dataclass(frozen=True)
class VideoSpec:
    """All that `render_video` needs; `bodies` go from bottom to top.

    camera: (T, 3) shift x, shift y, zoom. gain: (T,) brightness factor.
    slope: (2,) change of the light over the picture, in x and y.
    blur: (T,) standard deviation in pixels. noise: grey levels of 255.
    seed: Of the background's texture and of the noise.
    """

    height: int
    width: int
    bodies: tuple[Body, ...]
    background: str
    num_distractors: int
    camera: np.ndarray
    gain: np.ndarray
    slope: np.ndarray
    blur: np.ndarray
    noise: float
    seed: int

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.camera)


def choose(rng: np.random.Generator, names: tuple[str, ...] | dict) -> str:
    """One of some names, each as likely."""
    return list(names)[int(rng.integers(len(names)))]


def draw_seed(rng: np.random.Generator) -> int:
    """A seed for another generator."""
    return int(rng.integers(2**63))


def draw_kinds(options: EasyOptions, rng: np.random.Generator) -> list[str]:
    """Kinds of the objects of one video, some of them equal."""
    num = int(rng.integers(options.min_objects, options.max_objects + 1))
    kinds: list[str] = []
    for _ in range(num):
        if kinds and rng.uniform() < options.same_kind_prob:
            kinds.append(choose(rng, tuple(kinds)))
        else:
            kinds.append(choose(rng, options.kinds))
    return kinds


@cache
def visible_colours(background: str, contrast: float) -> tuple[str, ...]:
    """Names of the colours that stand out, at least the two best ones."""
    base = to_lab(np.array(BACKGROUNDS[background]))
    distance = {
        name: float(np.linalg.norm(to_lab(np.array(value)) - base))
        for name, value in COLOURS.items()
    }
    ranked = sorted(distance, key=lambda name: -distance[name])
    far = [name for name in ranked if distance[name] >= contrast]
    return tuple(far if len(far) >= 2 else ranked[:2])


def draw_body(
    options: EasyOptions,
    rng: np.random.Generator,
    kind: str | None,
    background: str,
    others: list[np.ndarray],
    is_there_first: bool,
) -> Body:
    """Draw one object's looks and its motion."""
    num = options.num_frames
    size = rng.uniform(options.min_size, options.max_size)
    growth = 1 + options.growing * sway(rng, num) * rng.uniform(0.2, 1)
    sizes = np.clip(
        size * growth, 0.85 * options.min_size, 1.15 * options.max_size
    )
    spin = np.radians(options.turning) * rng.normal()
    rocking = np.radians(2 * options.turning) * sway(rng, num)
    angle = rng.uniform(0, 2 * np.pi) + spin * np.arange(num) + rocking
    path = draw_path(options, rng, sizes.max(), others, is_there_first)
    return Body(
        kind=kind,
        colour=choose(rng, visible_colours(background, options.contrast)),
        pattern=choose(rng, PATTERNS),
        seed=draw_seed(rng),
        centre=path,
        size=sizes,
        angle=angle,
        squash=options.squashing * sway(rng, num) * rng.uniform(0.3, 1),
        bend=options.bending * sway(rng, num) * rng.uniform(0.3, 1),
    )


def draw_video(
    options: EasyOptions,
    rng: np.random.Generator,
    are_there_first: bool = False,
) -> VideoSpec:
    """Draw all that happens in one video.

    Args:
        options: Of the world.
        rng: Draws everything.
        are_there_first: Whether all objects start inside the picture.
    """
    num = options.num_frames
    background = choose(rng, BACKGROUNDS)
    kinds: list[str | None] = list(draw_kinds(options, rng))
    num_clutter = int(rng.integers(options.max_clutter + 1))
    bodies: list[Body] = []
    paths: list[np.ndarray] = []
    for kind in kinds + [None] * num_clutter:
        body = draw_body(
            options, rng, kind, background, paths, are_there_first
        )
        bodies.append(body)
        paths.append(body.centre)
    order = rng.permutation(len(bodies))
    return VideoSpec(
        height=options.height,
        width=options.width,
        bodies=tuple(bodies[k] for k in order),
        background=background,
        num_distractors=options.distractors,
        camera=draw_camera(options, rng),
        gain=1 + options.lighting * sway(rng, num) * rng.uniform(0.2, 1),
        slope=rng.uniform(-1, 1, 2) * options.lighting,
        blur=options.blurring * rng.uniform() * (0.5 + 0.5 * sway(rng, num)),
        noise=options.noise * rng.uniform(0.2, 1),
        seed=draw_seed(rng),
    )
