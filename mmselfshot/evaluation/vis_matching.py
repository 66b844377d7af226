"""Matching of predicted tracks to true tracks at many IoU thresholds.

Source: the official YouTube-VIS evaluator (COCO's rules with IoU over time).
Ours: all thresholds and size ranges at once; "matched" is a flag of its own,
so that an object with id 0 counts like any other.
Alphabet: A size ranges, T IoU thresholds, D predictions, G true tracks.
"""

from dataclasses import dataclass

import numpy as np

IOU_THRS = np.linspace(0.5, 0.95, 10)
AREA_RANGES = {  # mean pixels per frame, both ends included
    'all': (0, 1e5**2),
    'small': (0, 128**2),
    'medium': (128**2, 256**2),
    'large': (256**2, 1e5**2),
}
_LOWEST, _HIGHEST = np.array(list(AREA_RANGES.values())).T[:, :, None]


@dataclass
class Matches:
    """What one video and one category add to the precision.

    Attributes:
        scores: (D,) float, falling.
        is_matched: (A, T, D) bool.
        is_ignored: (A, T, D) bool, counts neither as right nor as wrong.
        num_objects: (A,) int, true tracks that are not ignored.
    """

    scores: np.ndarray
    is_matched: np.ndarray
    is_ignored: np.ndarray
    num_objects: np.ndarray


def match_group(
    ious: np.ndarray,
    scores: np.ndarray,
    areas: np.ndarray,
    true_areas: np.ndarray,
    is_crowd: np.ndarray,
) -> Matches:
    """Match the predictions of one video and category.

    Args:
        ious: (D, G) float in [0, 1], rows by falling score.
        scores: (D,) float, falling.
        areas: (D,) float, mean pixels per frame of the predictions.
        true_areas: (G,) float, mean pixels per frame by the label file.
        is_crowd: (G,) bool.
    """
    ignored_objects = _outside(true_areas) | is_crowd
    matched = match_tracks(ious, ignored_objects, is_crowd, IOU_THRS)
    is_matched = matched >= 0
    if len(true_areas):
        by_object = np.take_along_axis(
            ignored_objects[:, None, :], np.maximum(matched, 0), axis=2
        )
    else:
        by_object = is_matched
    is_ignored = np.where(is_matched, by_object, _outside(areas)[:, None, :])
    return Matches(scores, is_matched, is_ignored, (~ignored_objects).sum(1))


def match_tracks(
    ious: np.ndarray,
    is_ignored: np.ndarray,
    is_crowd: np.ndarray,
    iou_thrs: np.ndarray,
) -> np.ndarray:
    """Give each prediction, best score first, the best object still free.

    Objects that count go before ignored ones, then the higher IoU goes
    first, then the later object. A crowd object never runs out.

    Args:
        ious: (D, G) float in [0, 1], rows by falling score.
        is_ignored: (A, G) bool.
        is_crowd: (G,) bool.
        iou_thrs: (T,) float; an IoU equal to it matches.

    Returns:
        (A, T, D) int, index of the object, -1 = unmatched.
    """
    num_predictions, num_objects = ious.shape
    shape = (len(is_ignored), len(iou_thrs))
    matched = np.full((*shape, num_predictions), -1)
    if not ious.size:
        return matched
    reaches = ious[None] >= np.minimum(iou_thrs, 1 - 1e-10)[:, None, None]
    counts = ~is_ignored[:, None, :]
    is_free = np.ones((*shape, num_objects), dtype=bool)
    objects = np.arange(num_objects)
    for d in np.flatnonzero(reaches.any((0, 2))):
        may = is_free & reaches[:, d]
        ordinary = may & counts
        pool = np.where(ordinary.any(2, keepdims=True), ordinary, may)
        values = np.where(pool, ious[d], -1.0)
        best = num_objects - 1 - values[:, :, ::-1].argmax(2)
        best = np.where(may.any(2), best, -1)
        matched[:, :, d] = best
        is_free &= (best[:, :, None] != objects) | is_crowd
    return matched


def _outside(areas: np.ndarray) -> np.ndarray:
    """(A, N) bool, True where a mean area is outside a size range."""
    return (areas < _LOWEST) | (areas > _HIGHEST)
