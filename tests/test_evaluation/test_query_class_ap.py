"""AP over the videos of each query class."""

import pytest
import vis_cases

from mmselfshot.evaluation import (
    foreground_ap_by_class,
    mean_over_classes,
    score_results,
)

HIT, MISS = vis_cases.box(0, 0, 4, 4), vis_cases.box(10, 5, 4, 4)


@pytest.fixture(scope='module')
def scores():
    """Videos 1 and 2 are found, 3 is missed, 4 shows nothing."""
    videos = [vis_cases.video(k, 1) for k in (1, 2, 3, 4)]
    truth = [vis_cases.annotation(k, [HIT]) for k in (1, 2, 3)]
    results = [
        vis_cases.track(1, [HIT], category_id=9),
        vis_cases.track(2, [MISS], score=0.9),
        vis_cases.track(2, [HIT], score=0.8),
        vis_cases.track(3, [MISS], score=0.3),
    ]
    return score_results(vis_cases.labels(videos, truth), results)


def test_each_class_has_its_own_curve(scores):
    """Class 5 has a wrong track before the right one: precision 1 / 2."""
    classes = {1: [7], 2: [5], 3: [6], 4: [8]}
    found = foreground_ap_by_class(scores, classes)
    assert list(found) == [5, 6, 7, 8]
    assert found == pytest.approx({5: 0.5, 6: 0.0, 7: 1.0, 8: -1.0})
    assert mean_over_classes(found) == pytest.approx(0.5)


def test_a_video_counts_in_each_of_its_classes(scores):
    """Class 2: one of two objects is found, first: 51 of 101 points."""
    found = foreground_ap_by_class(
        scores, {1: [1, 2], 2: [], 3: [2, 2], 4: []}
    )
    assert found == pytest.approx({1: 1.0, 2: 51 / 101})


def test_no_video_and_no_class():
    assert foreground_ap_by_class([], {}) == {}
    assert mean_over_classes({}) == mean_over_classes({3: -1.0}) == -1
