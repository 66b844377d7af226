"""How well the best of several masks covers each object; no classes.

Ours; the mean over objects is "average best overlap" of the literature on
object proposals (Uijlings et al., "Selective Search", IJCV 2013, Sec. 5.1).
It only grows with more masks, so it goes with their number, and with what a
single mask that has not looked at the frame gets.
Shapes: N masks, M objects.
"""

import numpy as np


def best_ious(masks: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Overlap of each object with the mask that covers it best.

    Args:
        masks: (N, H, W) bool; N may be 0.
        objects: (M, H, W) bool.

    Returns:
        (M,) float64 in [0, 1]; 0 without masks, and for empty objects.
    """
    best = np.zeros(len(objects))
    for one in masks:
        shared = (objects & one).sum((1, 2))
        union = (objects | one).sum((1, 2))
        best = np.maximum(best, shared / np.maximum(union, 1))
    return best


def whole_frame(height: int, width: int) -> np.ndarray:
    """(1, H, W) bool, all True: a baseline."""
    return np.ones((1, height, width), bool)


def centre_box(height: int, width: int) -> np.ndarray:
    """(1, H, W) bool, the middle half of rows and columns: a baseline."""
    mask = np.zeros((1, height, width), bool)
    rows = slice(height // 4, height - height // 4)
    columns = slice(width // 4, width - width // 4)
    mask[0, rows, columns] = True
    return mask
