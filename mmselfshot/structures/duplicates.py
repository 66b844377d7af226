"""Of near-equal mask tracks of a video, only the best.

Ours: a result list may hold one mask track under two class names. The tracks
are gone through by falling score; those never visible are left out, and of
tracks that overlap by `duplicate_iou` or more over the video the best stays.
"""

from collections.abc import Sequence

import numpy as np

from mmselfshot.structures.mask_tracks import Tracks
from mmselfshot.structures.track_iou import track_ious

DUPLICATE_IOU = 0.9  # ours


def distinct_tracks(
    tracks: Tracks,
    scores: Sequence[float],
    duplicate_iou: float = DUPLICATE_IOU,
) -> np.ndarray:
    """Keep each visible mask track once, the one with the best score.

    Args:
        tracks: N tracks.
        scores: N scores; among equal ones the first is kept.
        duplicate_iou: Tracks that overlap this much are the same.

    Returns:
        (P,) int, indices by falling score.
    """
    order = np.argsort(-np.asarray(scores, dtype=float), kind='stable')
    order = order[tracks.areas[order].any(1)]
    near = track_ious(tracks, tracks, order, order, floor=duplicate_iou)
    kept: list[int] = []
    for n in range(len(order)):
        if not (near[n, kept] >= duplicate_iou).any():
            kept.append(n)
    return order[kept]
