"""Films of textured squares over a textured, panning ground."""

import cv2
import numpy as np

HEIGHT, WIDTH, SIDE = 64, 96, 20


def texture(height: int, width: int, seed: int) -> np.ndarray:
    """(height, width, 3) uint8, smooth enough to be followed."""
    noise = np.random.default_rng(seed).random((height, width, 3))
    noise = cv2.GaussianBlur(noise, (0, 0), 1.2)
    noise = (noise - noise.min()) / (noise.max() - noise.min())
    return (255 * noise).astype(np.uint8)


def film(
    num_frames: int = 6,
    pan: tuple[int, int] = (1, 0),
    squares: tuple[tuple[int, int, int, int], ...] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Frames and true masks.

    Args:
        num_frames: T.
        pan: x and y of the ground, pixels per frame.
        squares: x and y at first, and their change per frame.

    Returns:
        (T, HEIGHT, WIDTH, 3) uint8 RGB and (N, T, HEIGHT, WIDTH) bool.
    """
    margin = 40
    ground = texture(HEIGHT + 2 * margin, WIDTH + 2 * margin, 0)
    frames = np.empty((num_frames, HEIGHT, WIDTH, 3), np.uint8)
    masks = np.zeros((len(squares), num_frames, HEIGHT, WIDTH), bool)
    for t in range(num_frames):
        left, top = margin - t * pan[0], margin - t * pan[1]
        frames[t] = ground[top : top + HEIGHT, left : left + WIDTH]
        for n, (x, y, dx, dy) in enumerate(squares):
            rows = slice(y + t * dy, y + t * dy + SIDE)
            columns = slice(x + t * dx, x + t * dx + SIDE)
            frames[t, rows, columns] = texture(SIDE, SIDE, n + 1)
            masks[n, t, rows, columns] = True
    return frames, masks
