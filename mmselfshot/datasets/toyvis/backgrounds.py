"""Textured backgrounds of ToyVIS, eight named kinds, with distractors."""

from collections.abc import Callable

import cv2
import numpy as np

from mmselfshot.datasets.toyvis.textures import (
    COLOURS,
    PATTERNS,
    cloud_noise,
    surface_pattern,
)

# base sRGB colour, 0 to 255
BACKGROUNDS: dict[str, tuple[int, int, int]] = {
    'sandy': (205, 180, 135),
    'grassy': (95, 135, 65),
    'snowy': (215, 222, 230),
    'watery': (70, 125, 160),
    'stony': (125, 125, 125),
    'wooden': (140, 95, 60),
    'brick': (155, 85, 70),
    'tiled': (150, 170, 165),
}


def _sandy(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    ripples = np.sin(
        np.arange(h)[:, None] * rng.uniform(0.35, 0.6)
        + 2.5 * cloud_noise(rng, h, w, 40, 2)
    )
    return 0.05 * ripples + 0.07 * cloud_noise(rng, h, w, 3, 2)


def _grassy(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    relief = 0.1 * cloud_noise(rng, h, w, 20, 3)
    blades = np.zeros((h, w), np.float32)
    for _ in range(h * w // 60):
        x, y = int(rng.integers(w)), int(rng.integers(h))
        tip = (x + int(rng.integers(-3, 4)), y - int(rng.integers(3, 8)))
        cv2.line(blades, (x, y), tip, float(rng.uniform(-0.3, 0.3)), 1)
    return relief + 0.8 * blades


def _snowy(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    return 0.09 * cloud_noise(rng, h, w, 30, 2) + 0.03 * cloud_noise(
        rng, h, w, 3, 1
    )


def _watery(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    bend = cloud_noise(rng, h, w, 24, 2, stretch=2)
    waves = np.sin(np.arange(h)[:, None] * 0.8 + 3 * bend)
    return 0.12 * waves + 0.08 * cloud_noise(rng, h, w, 12, 2, stretch=3)


def _stony(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    num = h * w // 500
    seeds = np.full((h, w), 255, np.uint8)
    seeds[rng.integers(h, size=num), rng.integers(w, size=num)] = 0
    _, label = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    shade = rng.uniform(-0.18, 0.18, label.max() + 1).astype(np.float32)
    gaps = cv2.morphologyEx(
        label.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((2, 2))
    )
    stones = shade[label] - 0.3 * (gaps > 0)
    return stones + 0.07 * cloud_noise(rng, h, w, 5, 2)


def _wooden(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    grain = cloud_noise(rng, h, w, 5, 3, stretch=14)
    board = int(rng.integers(18, 34))
    rows = np.arange(h) + int(rng.integers(board))
    shade = rng.uniform(-0.1, 0.1, h // board + 2)[rows // board]
    lines = shade - 0.35 * (rows % board == 0)
    return 0.13 * grain + lines[:, None]


def _brick(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    high, wide = int(rng.integers(9, 14)), int(rng.integers(20, 30))
    y, x = np.mgrid[:h, :w]
    row = y // high
    column = (x + row % 2 * (wide // 2)) // wide
    shades = rng.uniform(-0.15, 0.15, (row.max() + 1, column.max() + 1))
    mortar = (y % high == 0) | ((x + row % 2 * (wide // 2)) % wide == 0)
    wall = np.where(mortar, 0.3, shades[row, column])
    return wall + 0.06 * cloud_noise(rng, h, w, 4, 2)


def _tiled(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    side = int(rng.integers(14, 24))
    y, x = np.mgrid[:h, :w]
    shades = rng.uniform(-0.14, 0.14, (h // side + 1, w // side + 1))
    gap = (y % side == 0) | (x % side == 0)
    tiles = np.where(gap, -0.25, shades[y // side, x // side])
    return tiles + 0.04 * cloud_noise(rng, h, w, 6, 2)


_RELIEFS: dict[str, Callable[..., np.ndarray]] = {
    'sandy': _sandy,
    'grassy': _grassy,
    'snowy': _snowy,
    'watery': _watery,
    'stony': _stony,
    'wooden': _wooden,
    'brick': _brick,
    'tiled': _tiled,
}


def _add_distractor(image: np.ndarray, rng: np.random.Generator) -> None:
    """Blend a soft, shapeless, patterned patch into a background."""
    h, w = image.shape[:2]
    side = int(rng.integers(20, 50))
    x, y = int(rng.integers(1 - side // 2, w)), int(rng.integers(h))
    x, y = min(max(x, 0), w - 1), min(y, h - 1)
    grid = np.mgrid[:side, :side].astype(np.float32) / (side / 2) - 1
    shape = 0.6 - np.hypot(*grid) + 0.5 * cloud_noise(rng, side, side, side)
    pattern = PATTERNS[1 + int(rng.integers(len(PATTERNS) - 1))]
    weight = surface_pattern(pattern, side, rng.uniform(5, 11), rng)
    weight = weight * np.clip(shape * 3, 0, 1) * rng.uniform(0.15, 0.4)
    colour = list(COLOURS.values())[int(rng.integers(len(COLOURS)))]
    part = image[y : y + side, x : x + side]
    weight = weight[: part.shape[0], : part.shape[1], None]
    part += weight * (np.array(colour, np.float32) - part)


def draw_background(
    kind: str,
    height: int,
    width: int,
    num_distractors: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Paint a background.

    Args:
        kind: One of `BACKGROUNDS`.
        height: Rows.
        width: Columns.
        num_distractors: Patterned patches without a shape, blended in.
        rng: Draws everything.

    Returns:
        (height, width, 3) float32 RGB, 0 to 255.
    """
    base = np.array(BACKGROUNDS[kind], np.float32)
    base = base * rng.uniform(0.85, 1.1) + rng.uniform(-10, 10, 3)
    relief = _RELIEFS[kind](rng, height, width)
    hue = cloud_noise(rng, height, width, 30, 2)[..., None]
    tint = rng.uniform(-8, 8, 3)
    image = base * (1 + relief[..., None]) + hue * tint
    image = np.ascontiguousarray(image, np.float32)
    for _ in range(num_distractors):
        _add_distractor(image, rng)
    return np.clip(image, 0, 255)
