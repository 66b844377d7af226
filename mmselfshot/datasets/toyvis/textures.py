"""Colours, noise and surface patterns of ToyVIS objects."""

import cv2
import numpy as np

# sRGB, 0 to 255
COLOURS: dict[str, tuple[int, int, int]] = {
    'red': (214, 40, 40),
    'orange': (245, 135, 20),
    'yellow': (250, 220, 40),
    'green': (40, 150, 60),
    'cyan': (40, 200, 210),
    'blue': (40, 80, 210),
    'purple': (125, 50, 170),
    'pink': (245, 130, 185),
    'white': (240, 240, 240),
    'black': (35, 35, 40),
}
PATTERNS = ('plain', 'striped', 'dotted', 'checked', 'speckled')


def to_lab(colour: np.ndarray) -> np.ndarray:
    """CIELAB of (..., 3) sRGB values in [0, 255]."""
    flat = np.asarray(colour, np.float32).reshape(1, -1, 3) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).reshape(np.shape(colour))


def cloud_noise(
    rng: np.random.Generator,
    height: int,
    width: int,
    cell: float,
    octaves: int = 3,
    stretch: float = 1.0,
) -> np.ndarray:
    """Smooth random field.

    Args:
        rng: Source of the values.
        height: Rows.
        width: Columns.
        cell: Size of the largest lumps, in pixels.
        octaves: Number of layers, each half as large and half as strong.
        stretch: Lumps are this many times wider than high.

    Returns:
        (height, width) float32, about -1 to 1.
    """
    total = np.zeros((height, width), np.float32)
    strength = 1.0
    for _ in range(octaves):
        rows = max(int(height / cell), 1) + 2
        columns = max(int(width / (cell * stretch)), 1) + 2
        grid = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
        layer = cv2.resize(
            grid, (width, height), interpolation=cv2.INTER_CUBIC
        )
        total += strength * layer
        strength, cell = strength / 2, max(cell / 2, 1.0)
    return total


def surface_pattern(
    pattern: str, side: int, wave: float, rng: np.random.Generator
) -> np.ndarray:
    """How much of the second colour a square surface shows.

    Args:
        pattern: One of `PATTERNS`.
        side: Rows and columns.
        wave: Distance of two stripes or dots, in pixels.
        rng: Draws direction and phase.

    Returns:
        (side, side) float32 in [0, 1].
    """
    angle, shift_u, shift_v = rng.uniform(0, 2 * np.pi, 3)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    turn = 2 * np.pi / wave
    u = (x * np.cos(angle) + y * np.sin(angle)) * turn + shift_u
    v = (y * np.cos(angle) - x * np.sin(angle)) * turn + shift_v
    if pattern == 'plain':
        return np.zeros((side, side), np.float32)
    if pattern == 'striped':
        level = np.sin(u)
    elif pattern == 'dotted':
        level = np.cos(u) + np.cos(v) - 0.7
    elif pattern == 'checked':
        level = 2 * np.sin(u / 2) * np.sin(v / 2)
    elif pattern == 'speckled':
        level = cloud_noise(rng, side, side, wave / 2, 1) * 1.5 - 0.2
    else:
        raise ValueError(f'unknown pattern {pattern!r}')
    return np.clip(level * 2 + 0.5, 0, 1).astype(np.float32)


def second_colour(colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clearly darker or lighter colour of the same hue, (3,) float32."""
    light = float(to_lab(colour)[0])
    if light > rng.uniform(45, 75):
        return (colour * 0.45).astype(np.float32)
    return (colour * 0.4 + 255 * 0.6).astype(np.float32)
