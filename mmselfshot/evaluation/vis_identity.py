"""How well predicted tracks follow the objects: overlap and identity.

Ours: the papers score videos by AP only. The rules are those of multiple
object tracking (CLEAR MOT, Bernardin and Stiefelhagen 2008, Sec. 2.1), with
masks instead of boxes.

Which predictions take part. A result list may hold one mask track under two
class names, and weak ones that nobody would show. `distinct_tracks` leaves
the best of the former. For identity switches only scores of at least
`SCORE_THR` count, so what is counted is what a film of the video shows. For
the overlaps all scores count.

An identity switch. In each frame an object stays with the track it was last
paired with, however long ago, while they overlap by `MATCH_IOU` or more; the
other tracks and objects are paired one to one (Hungarian, largest sum of
IoU, only pairs of at least `MATCH_IOU`). An object that is paired with
another track than the last has switched. Frames without a pair change
nothing, so the share of paired frames belongs beside the count. Crowd
objects are left out.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmselfshot.evaluation.vis_video import VideoPair
from mmselfshot.structures.duplicates import distinct_tracks
from mmselfshot.structures.track_iou import frame_ious, join_frames

SCORE_THR = 0.1  # ours
MATCH_IOU = 0.5  # as in AP50


@dataclass
class Following:
    """How the G objects of one video were followed.

    Attributes:
        annotation_rows: (G,) int, places in the video's annotation list.
        track_ious: (G,) float, spatio-temporal IoU with the object's own
            distinct prediction (Hungarian over the video); 0 without one.
        frame_ious: (M,) float, the same for each of the M masks of all
            objects, paired anew in each frame.
        num_switches: (G,) int.
        num_paired: (G,) int, frames in which the object has a pair.
        num_visible: (G,) int, frames in which it has a mask.
    """

    annotation_rows: np.ndarray
    track_ious: np.ndarray
    frame_ious: np.ndarray
    num_switches: np.ndarray
    num_paired: np.ndarray
    num_visible: np.ndarray


def measure_following(
    pair: VideoPair, score_thr: float = SCORE_THR
) -> Following:
    """Measure one video, see the head of this file."""
    visible = pair.truth.areas > 0
    rows = np.flatnonzero(~pair.is_crowd & visible.any(1))
    distinct = distinct_tracks(pair.tracks, pair.scores)
    shared = pair.intersections[:, distinct][:, :, rows]
    areas = pair.tracks.areas[distinct]
    true_areas = pair.truth.areas[rows]
    by_frame = frame_ious(shared, areas, true_areas)
    is_shown = pair.scores[distinct] >= score_thr
    switches, paired = count_switches(by_frame[:, is_shown])
    return Following(
        rows,
        best_ious(join_frames(shared, areas, true_areas)),
        instance_ious(by_frame, visible[rows].T),
        switches,
        paired,
        visible[rows].sum(1),
    )


def count_switches(
    ious: np.ndarray, match_iou: float = MATCH_IOU
) -> tuple[np.ndarray, np.ndarray]:
    """Count the identity switches of each object.

    Args:
        ious: (T, P, G) float in [0, 1], of tracks and objects per frame.
        match_iou: Pairs below it are no pairs.

    Returns:
        switches: (G,) int.
        paired: (G,) int, frames in which the object has a pair.
    """
    num_objects = ious.shape[2]
    switches = np.zeros(num_objects, dtype=int)
    paired = np.zeros(num_objects, dtype=int)
    last = np.full(num_objects, -1)
    for frame in np.where(ious >= match_iou, ious, 0.0):
        gain = frame.copy()
        known = np.flatnonzero(last >= 0)
        # one kept pair outweighs all that the others can gain
        gain[last[known], known] *= 1 + len(last) / match_iou
        tracks, objects = linear_sum_assignment(gain, maximize=True)
        is_pair = frame[tracks, objects] > 0
        tracks, objects = tracks[is_pair], objects[is_pair]
        before = last[objects]
        switches[objects] += (before >= 0) & (before != tracks)
        paired[objects] += 1
        last[objects] = tracks
    return switches, paired


def best_ious(ious: np.ndarray) -> np.ndarray:
    """Pair one to one for the largest sum of IoU.

    Args:
        ious: (P, G) float in [0, 1].

    Returns:
        (G,) float, IoU of each object's partner; 0 without one.
    """
    best = np.zeros(ious.shape[1])
    rows, columns = linear_sum_assignment(ious, maximize=True)
    best[columns] = ious[rows, columns]
    return best


def instance_ious(ious: np.ndarray, is_visible: np.ndarray) -> np.ndarray:
    """`best_ious` in each frame, for the objects that it shows.

    Args:
        ious: (T, P, G) float in [0, 1].
        is_visible: (T, G) bool.

    Returns:
        (M,) float, one value per True of `is_visible`, frame by frame.
    """
    values = [
        best_ious(frame[:, shown]) for frame, shown in zip(ious, is_visible)
    ]
    return np.concatenate(values) if values else np.zeros(0)
