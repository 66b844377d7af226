"""Resamples give what copies of the videos give."""

import numpy as np
import pytest

from mmselfshot.evaluation.paired import paired_difference
from mmselfshot.evaluation.query_rows import QueryRow, pooled_ap50
from mmselfshot.evaluation.resampled_ap import ResampledAP


def draw_videos(seed, num=12):
    """Matches of queries with 0 to 4 predictions and 0 to 2 targets."""
    rng = np.random.default_rng(seed)
    videos = []
    for video in range(num):
        num_tracks, num_targets = rng.integers(5), rng.integers(3)
        ious = rng.random((num_tracks, num_targets))
        scores = -np.sort(-rng.random(num_tracks))
        row = QueryRow(
            *(video, [1], scores.tolist(), ious.tolist()),
            *([1] * num_targets, [True] * num_targets),
        )
        videos.append(row.matches())
    return videos


@pytest.mark.parametrize('seed', range(5))
def test_equal_to_the_ap_of_the_copies(seed):
    videos = draw_videos(seed)
    measure = ResampledAP(videos)
    assert measure(range(12)) == pooled_ap50(videos)
    rng = np.random.default_rng(seed)
    for _ in range(50):
        rows = rng.integers(12, size=12)
        copies = pooled_ap50([videos[row] for row in rows])
        assert measure(rows) == pytest.approx(copies, abs=1e-12)


def test_without_objects_there_is_no_number():
    empty = QueryRow(1, [1], [0.5], [[]], [], []).matches()
    silent = QueryRow(2, [1], [], [], [1], [True]).matches()
    measure = ResampledAP([empty, silent])
    assert measure([0, 0]) == -1
    assert measure([1, 0]) == measure([1]) == 0


def test_intervals_do_not_depend_on_the_form():
    first, second = (
        [draw_videos(seed), draw_videos(seed + 1)] for seed in (20, 30)
    )
    plain = paired_difference(first, second, pooled_ap50, 100)
    fast = paired_difference(first, second, num_draws=100, prepare=ResampledAP)
    assert fast.as_dict() == pytest.approx(plain.as_dict(), abs=1e-12)
