"""The 20 named kinds of ToyVIS: an outline, holes and an inner mark each.

Coordinates: x to the right, y down, the outline's bounding box is centred on
the origin and its mean side is 2. A kind is told by its shape alone; colour
and surface pattern are drawn per object.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

EASY_KINDS = (
    'disc',
    'triangle',
    'star',
    'ring',
    'cross',
    'crescent',
    'arrow',
    'hourglass',
)
ALL_KINDS = EASY_KINDS + (
    'square',
    'heart',
    'bolt',
    'drop',
    'leaf',
    'gear',
    'flower',
    'fish',
    'ell',
    'arch',
    'key',
    'mushroom',
)


@dataclass(frozen=True)
class Outline:
    """Polygons of one shape, each (P, 2) float64, unit coordinates.

    `contours` are filled by the even-odd rule (a contour inside another one
    is a hole); `marks` are drawn on the surface and do not change the mask.
    """

    contours: tuple[np.ndarray, ...]
    marks: tuple[np.ndarray, ...] = ()


def _polygon(*points: float) -> np.ndarray:
    return np.array(points, dtype=np.float64).reshape(-1, 2)


def _arc(
    radius: float,
    start: float = 0.0,
    end: float = 360.0,
    centre: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Points on a circle, angles in degrees, clockwise on the screen."""
    angles = np.radians(np.linspace(start, end, 64, endpoint=end < 360))
    return np.array(centre) + radius * np.stack(
        [np.cos(angles), np.sin(angles)], 1
    )


def _polar(radius: np.ndarray) -> np.ndarray:
    """Closed curve from radii at equal angles, the first one upwards."""
    angles = np.arange(len(radius)) * (2 * np.pi / len(radius)) - np.pi / 2
    return radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)


def _disc() -> Outline:
    return Outline((_arc(1),))


def _triangle() -> Outline:
    return Outline((_polar(np.ones(3)),))


def _star() -> Outline:
    return Outline((_polar(np.tile([1.0, 0.42], 5)),))


def _ring() -> Outline:
    return Outline((_arc(1), _arc(0.55)))


def _cross() -> Outline:
    a, b = 0.31, 1.0
    corner = [(a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b)]
    mirrored = [(-x, -y) for x, y in corner]
    return Outline((np.array(corner + mirrored),))


def _crescent() -> Outline:
    outer = _arc(1, 48, 312)
    centre = 0.62
    reach = float(np.hypot(outer[0, 0] - centre, outer[0, 1]))
    edge = np.degrees(np.arctan2(outer[-1, 1], outer[-1, 0] - centre)) % 360
    inner = _arc(reach, edge, 360 - edge, (centre, 0))
    return Outline((np.concatenate([outer, inner]),))


def _arrow() -> Outline:
    half = [(1, 0), (0.1, 0.85), (0.1, 0.3), (-1, 0.3)]
    mirrored = [(x, -y) for x, y in half[:0:-1]]
    return Outline((np.array(half + mirrored),))


def _hourglass() -> Outline:
    half = [(-0.85, -1), (0.85, -1), (0.12, 0), (0.85, 1), (-0.85, 1)]
    return Outline((np.array(half + [(-0.12, 0)]),))


def _square() -> Outline:
    return Outline((_polygon(-1, -1, 1, -1, 1, 1, -1, 1),))


def _heart() -> Outline:
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return Outline((np.stack([x, -y], 1) / 16,))


def _bolt() -> Outline:
    points = (0.35, -1, -0.6, 0.15, -0.08, 0.15, -0.4, 1)
    back = (0.65, -0.22, 0.1, -0.22)
    return Outline((_polygon(*points, *back),))


def _drop() -> Outline:
    return Outline(
        (np.concatenate([_arc(0.66, -25, 205), _polygon(0, -1.4)]),)
    )


def _leaf() -> Outline:
    blade = np.concatenate(
        [_arc(1.15, -60, 60, (-0.6, 0)), _arc(1.15, 120, 240, (0.6, 0))]
    )
    vein = _polygon(-0.05, -0.85, 0.05, -0.85, 0.05, 0.85, -0.05, 0.85)
    return Outline((blade,), (vein,))


def _gear() -> Outline:
    teeth = np.tile(np.repeat([1.0, 0.72], 6), 8)
    return Outline((_polar(teeth), _arc(0.3)))


def _flower() -> Outline:
    angles = np.linspace(0, 2 * np.pi, 150, endpoint=False)
    petals = 0.45 + 0.55 * np.abs(np.cos(2.5 * angles)) ** 0.6
    return Outline((_polar(petals),), (_arc(0.27),))


def _fish() -> Outline:
    angles = np.radians(np.linspace(-155, 155, 50))
    body = np.stack([0.68 * np.cos(angles), 0.5 * np.sin(angles)], 1)
    body += (0.32, 0)
    tail = _polygon(-1, 0.62, -0.78, 0, -1, -0.62)
    return Outline(
        (np.concatenate([body, tail]),), (_arc(0.12, centre=(0.62, -0.1)),)
    )


def _ell() -> Outline:
    return Outline(
        (_polygon(-0.8, -1, -0.2, -1, -0.2, 0.4, 0.8, 0.4, 0.8, 1, -0.8, 1),)
    )


def _arch() -> Outline:
    outside, inside = _arc(0.95, 180, 359.9), _arc(0.42, 359.9, 180)
    legs = _polygon(0.95, 0.9, 0.42, 0.9), _polygon(-0.42, 0.9, -0.95, 0.9)
    return Outline((np.concatenate([outside, legs[0], inside, legs[1]]),))


def _key() -> Outline:
    bow = _arc(0.5, 15, 345, (-0.5, 0))
    bit = _polygon(
        *(1.15, -0.14, 1.15, 0.5, 0.9, 0.5, 0.9, 0.13),
        *(0.72, 0.13, 0.72, 0.42, 0.48, 0.42, 0.48, 0.13),
    )
    return Outline(
        (np.concatenate([bow, bit]), _arc(0.2, centre=(-0.5, 0))),
    )


def _mushroom() -> Outline:
    cap = _arc(1, 180, 359.9)
    stem = _polygon(1, 0.2, 0.3, 0.2, 0.38, 0.95, -0.38, 0.95, -0.3, 0.2)
    edge = _polygon(-1, 0.2)
    dots = tuple(
        _arc(0.13, centre=place)
        for place in ((-0.5, -0.3), (0.05, -0.65), (0.5, -0.3))
    )
    return Outline((np.concatenate([cap, stem, edge]),), dots)


_BUILDERS: dict[str, Callable[[], Outline]] = {
    'disc': _disc,
    'triangle': _triangle,
    'star': _star,
    'ring': _ring,
    'cross': _cross,
    'crescent': _crescent,
    'arrow': _arrow,
    'hourglass': _hourglass,
    'square': _square,
    'heart': _heart,
    'bolt': _bolt,
    'drop': _drop,
    'leaf': _leaf,
    'gear': _gear,
    'flower': _flower,
    'fish': _fish,
    'ell': _ell,
    'arch': _arch,
    'key': _key,
    'mushroom': _mushroom,
}


def normalise(outline: Outline) -> Outline:
    """Centre the bounding box and make its mean side 2."""
    points = np.concatenate(outline.contours)
    low, high = points.min(0), points.max(0)
    middle, scale = (low + high) / 2, 2 / (high - low).mean()
    return Outline(
        tuple((part - middle) * scale for part in outline.contours),
        tuple((part - middle) * scale for part in outline.marks),
    )


@cache
def kind_outline(kind: str) -> Outline:
    """The outline of a named kind, see `ALL_KINDS`."""
    return normalise(_BUILDERS[kind]())


def fill(parts: tuple[np.ndarray, ...], side: int, reach: float) -> np.ndarray:
    """Draw polygons with soft edges into a square.

    Args:
        parts: Polygons in unit coordinates, even-odd filled together.
        side: Rows and columns of the square, in pixels.
        reach: Unit coordinate of the square's right and lower border.

    Returns:
        (side, side) float32 coverage in [0, 1].
    """
    finer, shift = 4, 4
    scale = side * finer / (2 * reach)
    corners = [
        np.round(((part + reach) * scale - 0.5) * 2**shift).astype(np.int32)
        for part in parts
    ]
    image = np.zeros((side * finer, side * finer), np.float32)
    if corners:
        cv2.fillPoly(image, corners, 1.0, shift=shift)
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
