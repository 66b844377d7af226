"""AP of any resample of the same videos, without sorting them again.

Ours: a bootstrap asks for thousands of resamples; a video that was drawn w
times counts w times in the sums, as w copies of it would.
"""

from collections.abc import Sequence

import numpy as np

from mmselfshot.evaluation.vis_ap import (
    MAX_DETECTIONS,
    join_matches,
    precision_curves,
)
from mmselfshot.evaluation.vis_matching import Matches


class ResampledAP:
    """AP of some of the videos, all categories as one.

    As `average_precision` of their copies; equal scores of two videos keep
    the order that the videos were given in.

    Args:
        videos: Their matches, of any size of objects, at one IoU threshold
            or several.
    """

    def __init__(self, videos: Sequence[Matches]) -> None:
        joined, rank, owners = join_matches(videos)
        chosen = rank < MAX_DETECTIONS[-1]
        self._owners = owners[chosen]
        self._scores = joined.scores[chosen]
        self._is_matched = joined.is_matched[0][:, chosen]
        self._is_ignored = joined.is_ignored[0][:, chosen]
        self._num_objects = np.array([one.num_objects[0] for one in videos])

    def __call__(self, rows: Sequence[int]) -> float:
        """Measure a resample.

        Args:
            rows: Of the videos, each as often as it was drawn.

        Returns:
            In [0, 1]; -1 without objects.
        """
        drawn = np.bincount(rows, minlength=len(self._num_objects))
        num_objects = int(drawn @ self._num_objects)
        if not num_objects:
            return -1.0
        curves = precision_curves(
            self._scores,
            self._is_matched,
            self._is_ignored,
            num_objects,
            drawn[self._owners],
        )
        return float(curves[0].mean())
