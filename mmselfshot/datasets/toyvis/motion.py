"""Paths of ToyVIS objects and of the camera, drawn before any picture."""

import numpy as np

from mmselfshot.datasets.toyvis.options import EasyOptions


def smooth_path(points: np.ndarray, num_frames: int) -> np.ndarray:
    """Catmull-Rom curve through points at equal distances in time.

    Args:
        points: (P, D) float, the first is reached in frame 0, the last in
            the last frame.
        num_frames: T.

    Returns:
        (T, D) float64; a single point is repeated.
    """
    if len(points) == 1:
        return np.repeat(points, num_frames, 0)
    time = np.linspace(0, len(points) - 1, num_frames)
    left = np.minimum(time.astype(int), len(points) - 2)
    u = (time - left)[:, None]
    around = np.concatenate([points[:1], points, points[-1:]])
    p0, p1, p2, p3 = (around[left + k] for k in range(4))
    return 0.5 * (
        2 * p1
        + (p2 - p0) * u
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * u**2
        + (3 * p1 - p0 - 3 * p2 + p3) * u**3
    )


def sway(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """A slow wave of random phase, (T,) float64 in [-1, 1]."""
    period, phase = rng.uniform(10, 24), rng.uniform(0, 2 * np.pi)
    return np.sin(2 * np.pi * np.arange(num_frames) / period + phase)


def _plan_absence(
    options: EasyOptions,
    rng: np.random.Generator,
    num_points: int,
    is_there_first: bool,
) -> np.ndarray:
    """At which way points an object is outside the picture, (P,) bool."""
    outside = np.zeros(num_points, bool)
    draw = float(rng.uniform())
    middle = int(rng.integers(1, max(num_points - 1, 2)))
    if num_points < 3:
        return outside
    limits = np.cumsum(
        [options.leave_prob, options.late_prob, options.early_prob]
    )
    if draw < limits[0]:
        outside[middle] = True
    elif draw < limits[1] and not is_there_first:
        outside[0] = True
    elif limits[1] <= draw < limits[2]:
        outside[-1] = True
    return outside


def _step_out(
    point: np.ndarray, size: float, options: EasyOptions
) -> np.ndarray:
    """The place beyond the nearest border where all of an object is gone."""
    sides = np.array([options.width, options.height], float)
    gaps = np.concatenate([point, sides - point])
    side = int(gaps.argmin())
    away = point.copy()
    clear = 0.85 * size
    away[side % 2] = -clear if side < 2 else sides[side % 2] + clear
    return away


def draw_path(
    options: EasyOptions,
    rng: np.random.Generator,
    size: float,
    others: list[np.ndarray],
    is_there_first: bool = False,
) -> np.ndarray:
    """Draw the way of one object.

    Args:
        options: Of the world.
        rng: Draws everything.
        size: Mean side of the object, in pixels.
        others: Paths (T, 2) of the objects drawn before; way points lie on
            them with probability `meet_prob`.
        is_there_first: Whether the object must be inside in frame 0.

    Returns:
        (T, 2) float64, x and y of the centre in pixels.
    """
    num = max(round(options.num_frames / options.frames_per_turn), 1) + 1
    times = np.linspace(0, options.num_frames - 1, num).round().astype(int)
    outside = _plan_absence(options, rng, num, is_there_first)
    sides = np.array([options.width, options.height], float)
    margin = np.minimum(0.45 * size, sides / 2)
    reach = options.speed * options.num_frames / max(num - 1, 1)
    points = np.zeros((num, 2))
    place = rng.uniform(margin, sides - margin)
    for k, time in enumerate(times):
        goal = rng.uniform(margin, sides - margin)
        if others and rng.uniform() < options.meet_prob:
            other = others[int(rng.integers(len(others)))]
            goal = other[time] + rng.normal(0, 0.25 * size, 2)
            goal = np.clip(goal, margin, sides - margin)
        step = goal - place
        length = float(np.hypot(*step))
        if k > 0:
            step = step * min(1.0, reach / max(length, 1e-6))
            place = place + step
        points[k] = _step_out(place, size, options) if outside[k] else place
    return smooth_path(points, options.num_frames)


def draw_camera(options: EasyOptions, rng: np.random.Generator) -> np.ndarray:
    """Draw the motion of the background.

    Returns:
        (T, 3) float64: shift in x and y in pixels, zoom as a factor.
    """
    num = options.num_frames
    speed = options.panning * rng.uniform(0.3, 1.0)
    angle = rng.uniform(0, 2 * np.pi)
    time = np.arange(num) - (num - 1) / 2
    along = speed * time
    across = options.panning * 1.5 * sway(rng, num)
    zoom = 1 + 0.03 * min(options.panning, 1.0) * sway(rng, num)
    x = along * np.cos(angle) - across * np.sin(angle)
    y = 0.6 * (along * np.sin(angle) + across * np.cos(angle))
    return np.stack([x, y, zoom], 1)
