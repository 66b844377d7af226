"""Paths of level `fewshot`: four motions of the same mean speed."""

import numpy as np


def fold(place: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Reflect a straight way at the walls of a box.

    Args:
        place: (T, 2) float, anywhere.
        low: (2,) lower walls.
        high: (2,) upper walls; where it is below `low`, the middle is taken.

    Returns:
        (T, 2) float64 between the walls.
    """
    middle, span = (low + high) / 2, np.maximum(high - low, 0)
    wrapped = np.mod(place - low, np.maximum(2 * span, 1e-9))
    inside = low + span - np.abs(wrapped - span)
    return np.where(span > 0, inside, middle)


def draw_motion(
    motion: str,
    start: np.ndarray,
    speed: float,
    num_frames: int,
    low: np.ndarray,
    high: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw a way of one kind of motion.

    Args:
        motion: `gliding` (straight, thrown back by the walls), `circling`,
            `rocking` (to and fro on a short line) or `hopping` (straight,
            three frames at double speed, three at rest).
        start: (2,) about where it is, x and y in pixels.
        speed: Mean, in pixels per frame, the same for each motion.
        num_frames: T.
        low: (2,) lower walls, in pixels.
        high: (2,) upper walls.
        rng: Draws direction and phase.

    Returns:
        (T, 2) float64, x and y of the centre in pixels.
    """
    angle = rng.uniform(0, 2 * np.pi)
    heading = np.array([np.cos(angle), np.sin(angle)])
    phase, reach = rng.uniform(0, 1), rng.uniform(6, 10)
    way = speed * np.arange(num_frames)
    if motion == 'gliding':
        return fold(start + way[:, None] * heading, low, high)
    if motion == 'hopping':
        period = 6
        time = np.arange(num_frames) + phase * period
        whole, rest = np.divmod(time, period)
        gone = period * whole + np.minimum(2 * rest, period)
        gone -= gone[0]
        return fold(start + speed * gone[:, None] * heading, low, high)
    if motion == 'circling':
        turn = way / reach * (1 if rng.uniform() < 0.5 else -1) + angle
        circle = reach * np.stack([np.cos(turn), np.sin(turn)], 1)
        return np.clip(start, low + reach, high - reach) + circle
    if motion == 'rocking':
        length = 1.6 * reach
        # steps in which it turns are shorter: v (1 - v / 2L) on average
        rest = max(1 - 2 * speed / length, 0)
        way = way * length * (1 - rest**0.5) / max(speed, 1e-9)
        along = np.mod(way + phase * 2 * length, 2 * length)
        along = length / 2 - np.abs(along - length)
        return np.clip(start, low, high) + along[:, None] * heading
    raise ValueError(f'unknown motion {motion!r}')


def come_and_go(
    path: np.ndarray,
    first: int,
    last: int,
    size: float,
    sides: np.ndarray,
    steps: int = 3,
) -> np.ndarray:
    """Keep an object beyond the nearest border before and after its time.

    Args:
        path: (T, 2) float.
        first: First frame in which it is where its path says.
        last: Last such frame.
        size: Of the object, in pixels.
        sides: (2,) width and height of the picture.
        steps: Frames that it takes to come in or to go.

    Returns:
        (T, 2) float64.
    """
    time = np.arange(len(path))
    away = np.clip(np.maximum(first - time, time - last) / steps, 0, 1)
    result = path.astype(np.float64)
    for is_before, anchor in ((True, first), (False, last)):
        rows = time < first if is_before else time > last
        inside = path[anchor]
        gaps = np.concatenate([inside, sides - inside])
        side = int(gaps.argmin())
        outside = inside.copy()
        clear = 0.9 * size
        outside[side % 2] = -clear if side < 2 else sides[side % 2] + clear
        part = away[rows][:, None]
        result[rows] = path[rows] * (1 - part) + outside * part
    return result
