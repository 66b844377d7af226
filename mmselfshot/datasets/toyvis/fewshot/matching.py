"""Whether targets and non-targets of labelled videos can be told apart.

Size, speed, place and visible time are measured on the masks. For each, the
difference of the two means is given in standard deviations; what chance alone
would do to so few objects is allowed for.
"""

import math

import numpy as np

from mmselfshot.datasets.label_file import LabelFile

LARGEST_GAP = 0.15  # standard deviations
MEASURES = ('size', 'speed', 'place', 'visible time')


def measure_track(annotation: dict, width: int, height: int) -> np.ndarray:
    """Size, speed, place and visible time of one track, (4,) float64.

    Size is the mean root of the area, speed the mean way of the box's middle
    between two frames that both show it, both in pixels; place is the mean
    distance from the picture's middle in half pictures; visible time is a
    share of the frames. Speed is NaN if no two frames in a row show it.
    """
    boxes = annotation['bboxes']
    middles = np.array(
        [
            (b[0] + b[2] / 2, b[1] + b[3] / 2) if b else (np.nan, np.nan)
            for b in boxes
        ]
    )
    seen = ~np.isnan(middles[:, 0])
    if not seen.any():
        return np.full(4, np.nan)
    areas = [area for area in annotation['areas'] if area]
    steps = np.linalg.norm(np.diff(middles, axis=0), axis=1)
    steps = steps[~np.isnan(steps)]
    half = np.array([width, height]) / 2
    away = np.abs(middles[seen] - half) / half
    return np.array(
        [
            np.mean(np.sqrt(areas)),
            steps.mean() if len(steps) else np.nan,
            away.mean(),
            seen.mean(),
        ]
    )


def matching_gaps(labels: LabelFile) -> dict[str, tuple[float, float]]:
    """Differences between targets and non-targets of a label file.

    Returns:
        By measure, the difference (targets minus others) in standard
        deviations, and the largest one that is allowed: `LARGEST_GAP` and
        three standard errors.
    """
    rows: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for video_id, many in labels.annotations.items():
        video = labels.videos[video_id]
        for one in many:
            row = measure_track(one, video['width'], video['height'])
            rows[bool(one['is_target'])].append(row)
    gaps = {}
    for column, name in enumerate(MEASURES):
        values = [
            np.array([row[column] for row in rows[is_target]])
            for is_target in (True, False)
        ]
        values = [one[~np.isnan(one)] for one in values]
        if min(map(len, values)) < 2:
            gaps[name] = (0.0, LARGEST_GAP)
            continue
        spread = float(np.concatenate(values).std()) or 1.0
        gap = float(values[0].mean() - values[1].mean()) / spread
        error = math.sqrt(sum(1 / len(one) for one in values))
        gaps[name] = (gap, LARGEST_GAP + 3 * error)
    return gaps
