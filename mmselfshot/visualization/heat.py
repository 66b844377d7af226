"""Frames with heat over them."""

import cv2
import numpy as np

ALPHA = 0.55
OUTLINE = (40, 255, 90)


def draw_heat(
    image: np.ndarray, heat: np.ndarray, hottest: float, alpha: float = ALPHA
) -> np.ndarray:
    """Lay a map over a frame, from blue (0) to red.

    Args:
        image: (H, W, 3) uint8 RGB.
        heat: (h, w) float, not negative.
        hottest: Value that is red, above 0; larger ones are red as well.
        alpha: Share of the heat in a pixel, in [0, 1].

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    heat = np.clip(np.asarray(heat, np.float32) / hottest, 0, 1)
    large = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    colours = cv2.applyColorMap(
        np.round(255 * large).astype(np.uint8), cv2.COLORMAP_TURBO
    )[..., ::-1]
    mixed = (1 - alpha) * image.astype(np.float32) + alpha * colours
    return np.round(mixed).astype(np.uint8)


def draw_outline(
    image: np.ndarray,
    mask: np.ndarray,
    color: tuple[int, int, int] = OUTLINE,
) -> np.ndarray:
    """A frame with the outline of a mask.

    Args:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool.
        color: RGB.
    """
    picture = image.copy()
    contours, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    thickness = max(1, round(min(image.shape[:2]) / 160))
    cv2.drawContours(picture, contours, -1, color, thickness)
    return picture
