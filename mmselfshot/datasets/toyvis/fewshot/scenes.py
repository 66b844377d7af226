"""Background structures of level `fewshot`: what makes a scene, uncoloured.

A scene is a field between 0 and 1, drawn anew for each clip with another
phase, period and warp; which two colours it mixes, and which of the two is
the darker one, is drawn apart from it and says nothing about the scene.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from mmselfshot.datasets.toyvis.textures import cloud_noise

Grid = np.ndarray  # (H, W) float: place in periods, or level in [0, 1]
Rng = np.random.Generator
Field = Callable[[Grid, Grid, Rng], Grid]
_SHARP = 4.0  # slope of an edge, per period


def _edge(level: np.ndarray, sharp: float = _SHARP) -> np.ndarray:
    """0 below zero, 1 above it, with a soft step."""
    return np.clip(level * sharp + 0.5, 0, 1)


def _part(u: np.ndarray) -> np.ndarray:
    """Place within a period, in [-0.5, 0.5)."""
    return u - np.floor(u + 0.5)


def _stripes(u: Grid, v: Grid, rng: Rng, share: float = 0.5) -> Grid:
    return _edge(share / 2 - np.abs(_part(u)))


def _double_stripes(u: Grid, v: Grid, rng: Rng) -> Grid:
    wide = _line(u / 2, 0.3)
    return np.maximum(wide, _line(u / 2 + 0.5, 0.08))


def _line(u: np.ndarray, share: float) -> np.ndarray:
    """1 on a line of this share of each period, soft at its edges."""
    return _edge(share / 2 - np.abs(_part(u)), 6)


def _waves(u: Grid, v: Grid, rng: Rng) -> Grid:
    return _edge(0.25 - np.abs(_part(u + 0.45 * np.sin(2.4 * v))))


def _chevrons(u: Grid, v: Grid, rng: Rng) -> Grid:
    return _edge(0.25 - np.abs(_part(u + 1.2 * np.abs(_part(v / 1.6)))))


def _checks(u: Grid, v: Grid, rng: Rng) -> Grid:
    return _edge(np.sin(np.pi * u) * np.sin(np.pi * v), 3)


def _dots(
    u: Grid,
    v: Grid,
    rng: Rng,
    radius: float = 0.3,
    shift: float = 0.0,
    is_ring: bool = False,
) -> Grid:
    u = u + shift * np.mod(np.floor(v + 0.5), 2)
    away = np.hypot(_part(u), _part(v))
    return _edge((0.1 - np.abs(away - radius)) if is_ring else radius - away)


def _grid(u: Grid, v: Grid, rng: Rng) -> Grid:
    return np.maximum(_line(u, 0.2), _line(v, 0.2))


def _plus_signs(u: Grid, v: Grid, rng: Rng) -> Grid:
    u, v = np.abs(_part(u / 1.3)), np.abs(_part(v / 1.3))
    thin, long = np.minimum(u, v), np.maximum(u, v)
    return np.minimum(_edge(0.1 - thin, 6), _edge(0.36 - long, 6))


def _bricks(u: Grid, v: Grid, rng: Rng) -> Grid:
    row = np.floor(v + 0.5)
    mortar = _line(u / 2 + 0.25 * row + 0.5, 0.1)
    return 1 - np.maximum(mortar, _line(v + 0.5, 0.2))


def _basket(u: Grid, v: Grid, rng: Rng) -> Grid:
    is_flat = np.mod(np.floor(u / 2) + np.floor(v / 2), 2) == 0
    return np.where(is_flat, _line(v * 1.5, 0.5), _line(u * 1.5, 0.5))


def _triangles(u: Grid, v: Grid, rng: Rng) -> Grid:
    row = np.floor(v)
    side = 2 * np.abs(_part(u + 0.5 * np.mod(row, 2)))
    return _edge(v - row - side, 3)


def _scales(u: Grid, v: Grid, rng: Rng) -> Grid:
    field = np.zeros_like(u)
    for shift in (0.0, 1.0):
        row = 2 * np.floor((v - shift) / 2)
        x = _part(u + shift / 2)
        y = v - shift - row
        field = np.maximum(
            field, _edge(0.09 - np.abs(np.hypot(x, y / 2) - 0.5))
        )
    return field


def _hexagons(u: Grid, v: Grid, rng: Rng) -> Grid:
    return _cells(u, v, rng, jitter=0.0, is_shaded=False)


def _cells(
    u: Grid, v: Grid, rng: Rng, jitter: float = 0.42, is_shaded: bool = False
) -> Grid:
    """Cells around jittered points, their borders or their shades."""
    rows = np.floor(v).astype(int)
    columns = np.floor(u).astype(int)
    top, left = rows.min() - 2, columns.min() - 2
    shape = (rows.max() - top + 4, columns.max() - left + 4)
    dx = rng.uniform(-jitter, jitter, shape)
    dy = rng.uniform(-jitter, jitter, shape)
    shade = rng.uniform(0, 1, shape)
    nearest = np.full(u.shape, 9.0)
    second = np.full(u.shape, 9.0)
    value = np.zeros_like(u)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            r, c = rows + i - top, columns + j - left
            x = columns + j + 0.5 + dx[r, c] + 0.5 * ((rows + i) % 2)
            away = np.hypot(u - x, v - (rows + i + 0.5 + dy[r, c]))
            closer = away < nearest
            second = np.where(closer, nearest, np.minimum(second, away))
            value = np.where(closer, shade[r, c], value)
            nearest = np.where(closer, away, nearest)
    return value if is_shaded else _edge(second - nearest - 0.18)


def _clouds(
    u: Grid,
    v: Grid,
    rng: Rng,
    cell: float = 1.6,
    stretch: float = 1.0,
    is_upright: bool = False,
) -> Grid:
    h, w = u.shape
    period = 1 / max(
        float(np.hypot(u[0, 1] - u[0, 0], v[0, 1] - v[0, 0])), 1e-6
    )
    size = cell * period
    if is_upright:
        return _edge(cloud_noise(rng, w, h, size, 1, stretch).T, 1.5)
    return _edge(cloud_noise(rng, h, w, size, 1, stretch), 1.5)


def _strokes(
    u: Grid,
    v: Grid,
    rng: Rng,
    spread: float = np.pi,
    turn: float = 0.0,
    length: float = 9,
) -> Grid:
    """Short lines, all ways or nearly one way."""
    h, w = u.shape
    field = np.zeros((h, w), np.float32)
    num = h * w // 70
    x, y = rng.integers(0, w, num), rng.integers(0, h, num)
    angles = turn + rng.uniform(-spread / 2, spread / 2, num)
    steps = np.stack([np.cos(angles), np.sin(angles)], 1) * length / 2
    for (dx, dy), px, py in zip(steps, x, y):
        one = (round(px - dx), round(py - dy))
        other = (round(px + dx), round(py + dy))
        cv2.line(field, one, other, 1.0, 1, cv2.LINE_AA)
    return field


def _scattered(u: Grid, v: Grid, rng: Rng, shape: str = 'disc') -> Grid:
    """Shapes of several sizes at random places."""
    h, w = u.shape
    field = np.zeros((h, w), np.float32)
    for _ in range(h * w // 220):
        x, y = int(rng.integers(w)), int(rng.integers(h))
        size = int(rng.integers(3, 7))
        if shape == 'disc':
            cv2.circle(field, (x, y), size, float(rng.choice([0, 1])), -1)
        elif shape == 'ring':
            cv2.circle(field, (x, y), size, 1.0, 1, cv2.LINE_AA)
        else:
            corner = (x + 2 * size, y + 2 * size)
            cv2.rectangle(field, (x, y), corner, float(rng.choice([0, 1])), -1)
    return field


def _ripples(u: Grid, v: Grid, rng: Rng) -> Grid:
    middle = rng.uniform(0.2, 0.8, 2)
    x = u - np.quantile(u, middle[0])
    y = v - np.quantile(v, middle[1])
    return _edge(0.25 - np.abs(_part(np.hypot(x, y))))


def _rays(u: Grid, v: Grid, rng: Rng) -> Grid:
    middle = rng.uniform(0.2, 0.8, 2)
    x = u - np.quantile(u, middle[0])
    y = v - np.quantile(v, middle[1])
    return _edge(0.25 - np.abs(_part(np.arctan2(y, x) * 13 / (2 * np.pi))), 3)


def _spiral(u: Grid, v: Grid, rng: Rng) -> Grid:
    x, y = u - np.median(u), v - np.median(v)
    turn = np.arctan2(y, x) / (2 * np.pi)
    return _edge(0.25 - np.abs(_part(np.hypot(x, y) / 1.4 + 2 * turn)))


def _scribble(u: Grid, v: Grid, rng: Rng) -> Grid:
    bend = np.sin(1.9 * u) + np.sin(1.7 * v) + np.sin(1.3 * (u + v))
    return _edge(0.16 - np.abs(_part(bend / 1.3)))


# name: (field, its turn in degrees, its period in pixels)
SCENES: dict[str, tuple[Field, float, float]] = {
    'lines-level': (_stripes, 90, 9),
    'lines-upright': (_stripes, 0, 9),
    'lines-slanted': (_stripes, 45, 9),
    'rows-level': (_double_stripes, 90, 9),
    'rows-upright': (_double_stripes, 0, 9),
    'waves-level': (_waves, 90, 10),
    'waves-upright': (_waves, 0, 10),
    'chevrons-level': (_chevrons, 90, 10),
    'chevrons-upright': (_chevrons, 0, 10),
    'checks-straight': (_checks, 0, 8),
    'checks-slanted': (_checks, 45, 8),
    'dots-straight': (_dots, 0, 10),
    'dots-slanted': (partial(_dots, radius=0.2), 45, 7),
    'loops': (partial(_dots, is_ring=True), 0, 14),
    'loops-offset': (partial(_dots, is_ring=True, shift=0.5), 45, 12),
    'grid-straight': (_grid, 0, 11),
    'grid-slanted': (_grid, 45, 11),
    'plus-signs': (_plus_signs, 0, 11),
    'cross-signs': (_plus_signs, 45, 11),
    'bricks-level': (_bricks, 0, 8),
    'bricks-upright': (_bricks, 90, 8),
    'basket': (_basket, 0, 8),
    'triangles': (_triangles, 0, 11),
    'triangles-sideways': (_triangles, 90, 11),
    'scales': (_scales, 0, 13),
    'honeycomb': (_hexagons, 0, 12),
    'stones': (_cells, 0, 13),
    'patches': (partial(_cells, is_shaded=True), 0, 10),
    'clouds': (_clouds, 0, 14),
    'grain': (partial(_clouds, cell=0.4), 0, 10),
    'planks-level': (partial(_clouds, cell=0.45, stretch=7), 0, 10),
    'planks-upright': (
        partial(_clouds, cell=0.45, stretch=7, is_upright=True),
        *(0, 10),
    ),
    'straws': (_strokes, 0, 10),
    'rain': (partial(_strokes, spread=0.5, turn=np.pi / 2), 0, 10),
    'hay': (partial(_strokes, spread=0.5), 0, 10),
    'pebbles': (_scattered, 0, 10),
    'bubbles': (partial(_scattered, shape='ring'), 0, 10),
    'boxes': (partial(_scattered, shape='square'), 0, 10),
    'ripples': (_ripples, 0, 11),
    'rays': (_rays, 0, 10),
    'spiral': (_spiral, 0, 9),
    'scribble': (_scribble, 0, 9),
}


def draw_scene(
    name: str, height: int, width: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw a scene's field.

    Args:
        name: One of `SCENES`.
        height: Rows.
        width: Columns.
        rng: Draws phase, period (by a tenth), turn (by 5 degrees), warp.

    Returns:
        (height, width) float32 in [0, 1].
    """
    field, turn, period = SCENES[name]
    period = period * rng.uniform(0.9, 1.1)
    angle = np.radians(turn + rng.uniform(-5, 5))
    phase = rng.uniform(0, 4, 2)
    warp = rng.uniform(0.5, 1.5)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x = x + warp * cloud_noise(rng, height, width, 40, 1)
    y = y + warp * cloud_noise(rng, height, width, 40, 1)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u = (x * cos + y * sin) / np.float32(period) + np.float32(phase[0])
    v = (y * cos - x * sin) / np.float32(period) + np.float32(phase[1])
    relief = 0.12 * cloud_noise(rng, height, width, 5, 2)
    drawn = np.asarray(field(u, v, rng), np.float32) + relief
    return np.clip(drawn, 0, 1).astype(np.float32)
