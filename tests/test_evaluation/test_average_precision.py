"""Average precision, by hand and against the plain definition."""

import importlib.util

import numpy as np
import pytest
from vis_cases import (
    HEIGHT,
    WIDTH,
    annotation,
    box,
    content,
    labels,
    random_case,
    track,
    video,
)

from mmselfshot.evaluation.vis_ap import (
    average_precision,
    evaluate_vis,
    precision_curves,
)
from mmselfshot.evaluation.vis_score import join_categories, score_results
from mmselfshot.utils import UserError

SQUARE = [box(2, 2, 6, 6)]
OTHER = [box(12, 2, 6, 6)]


@pytest.fixture(scope='module')
def evaluate_plainly(repo):
    path = repo / 'tools/analysis_tools/benchmarks/plain_vis_ap.py'
    spec = importlib.util.spec_from_file_location('plain_vis_ap', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.evaluate_plainly


def _one_video(*objects):
    return labels([video(1, 1)], [annotation(1, one) for one in objects])


@pytest.mark.parametrize('seed', range(12))
def test_equals_the_plain_definition(evaluate_plainly, seed):
    videos, annotations, results = random_case(seed)
    truth = content(videos, annotations, (3, 1, 2))
    for view in ('category', 'pooled'):
        found = evaluate_vis(
            labels(videos, annotations, (3, 1, 2)), results, view=view
        )
        plain = evaluate_plainly(truth, results, pooled=view == 'pooled')
        for name, wanted in zip(('precision', 'recall', 'scores'), plain):
            assert np.array_equal(getattr(found, name), wanted), name


@pytest.mark.parametrize('seed', range(6))
def test_quick_ap_is_the_ap(seed):
    """Also of videos that a bootstrap draws twice."""
    videos, annotations, results = random_case(seed)
    scores = score_results(labels(videos, annotations, (1, 2, 3)), results)
    for drawn in (scores, scores[:1] * 3 + scores[2:]):
        found = average_precision([s.by_category for s in drawn], (1, 2, 3))
        expected = join_categories(drawn, (1, 2, 3)).stats()['AP']
        assert found == pytest.approx(expected, abs=1e-12)


def test_one_hit_one_miss_by_hand():
    """Hit at rank 2 of 2, one of two objects: precision 1/2 up to recall
    1/2, then 0: 51 of the 101 points."""
    results = [track(1, [box(0, 10, 1, 1)]), track(1, SQUARE, score=0.5)]
    stats = evaluate_vis(_one_video(SQUARE, OTHER), results).stats()
    assert stats['AP50'] == pytest.approx(0.5 * 51 / 101)
    assert stats['AP'] == pytest.approx(stats['AP50'])
    assert stats['AR1'] == 0
    assert stats['AR10'] == stats['AR100'] == 0.5
    assert stats['APm'] == stats['APl'] == -1


def test_precision_curve_by_hand():
    """Right, wrong, right: precision 1, 1/2, 2/3, made to fall."""
    precision, recall, scores = precision_curves(
        np.array([0.9, 0.8, 0.7]),
        np.array([[True, False, True]]),
        np.zeros((1, 3), bool),
        num_objects=2,
    )
    assert recall.tolist() == [1.0]
    assert precision[0, [0, 50]] == pytest.approx([1, 1])
    assert precision[0, [51, 100]] == pytest.approx([2 / 3, 2 / 3])
    assert scores[0, [0, 50, 51, 100]].tolist() == [0.9, 0.9, 0.7, 0.7]


def test_nothing_predicted_is_zero_and_nothing_to_find_is_minus_one():
    assert evaluate_vis(_one_video(SQUARE), []).stats()['AP'] == 0
    found = evaluate_vis(_one_video(), [track(1, SQUARE)])
    assert found.stats()['AP'] == -1
    assert found.per_category()[1]['AP50'] == -1


def test_id_zero_counts_like_any_other():
    truth = _one_video(SQUARE)
    truth.annotations[1][0]['id'] = 0
    found = evaluate_vis(truth, [track(1, SQUARE)])
    assert found.stats()['AP'] == pytest.approx(1)


def test_unknown_video_is_named():
    with pytest.raises(UserError, match='video 9'):
        evaluate_vis(_one_video(SQUARE), [track(9, SQUARE)])


def test_mask_of_another_size_is_refused():
    result = track(1, [{'size': [2, 2], 'counts': '04'}])
    with pytest.raises(UserError, match=rf'\[{HEIGHT}, {WIDTH}\]'):
        evaluate_vis(_one_video(SQUARE), [result])


def test_unlisted_category_counts_only_without_categories():
    results = [track(1, SQUARE, category_id=77)]
    truth = _one_video(SQUARE)
    assert evaluate_vis(truth, results).stats()['AP'] == 0
    for view in ('pooled', 'foreground'):
        stats = evaluate_vis(truth, results, view=view).stats()
        assert stats['AP'] == pytest.approx(1)


def test_file_order_decides_ties_in_the_foreground_view():
    """Equal scores: the wrong one stands first in the file, but the pooled
    view, as the official one, goes by category id before."""
    results = [track(1, OTHER, 2), track(1, SQUARE, 1)]
    truth = _one_video(SQUARE)
    at_once = {
        view: evaluate_vis(truth, results, view=view).stats()['AP50']
        for view in ('pooled', 'foreground')
    }
    assert at_once == pytest.approx({'pooled': 1.0, 'foreground': 0.5})


def test_subsets_of_categories_and_videos():
    truth = labels(
        [video(1, 1), video(2, 1)],
        [annotation(1, SQUARE, 1), annotation(2, SQUARE, 2)],
    )
    results = [track(1, SQUARE, 1), track(2, OTHER, 2)]
    assert evaluate_vis(truth, results).stats()['AP50'] == pytest.approx(0.5)
    of_one = evaluate_vis(truth, results, category_ids=[1])
    assert of_one.category_ids == [1]
    assert of_one.stats()['AP50'] == pytest.approx(1)
    of_two = evaluate_vis(truth, results, video_ids=[2])
    assert of_two.stats()['AP50'] == 0
    assert of_two.per_category()[1]['AP50'] == -1
    pooled = evaluate_vis(truth, results, 'pooled', category_ids=[2])
    assert pooled.stats()['AP50'] == 0


def test_the_order_of_videos_does_not_matter():
    videos, annotations, results = random_case(3, num_videos=6)
    stats = evaluate_vis(labels(videos, annotations), results).stats()
    by_video = sorted(results, key=lambda one: -one['video_id'])
    assert (
        evaluate_vis(labels(videos[::-1], annotations), by_video).stats()
        == stats
    )


def test_only_labelled_frames_count():
    """Wrong in frame 1, which nobody labelled; unseen tracks are dropped."""
    wrong = [SQUARE[0], OTHER[0]]
    unseen = track(1, [None, OTHER[0]], score=1.0)
    objects = [annotation(1, [SQUARE[0], None])]
    results = [unseen, track(1, wrong)]
    sparse = labels([video(1, 2, labelled_frames=[0])], objects)
    assert evaluate_vis(sparse, results).stats()['AP'] == pytest.approx(1)
    whole = labels([video(1, 2)], objects)
    assert evaluate_vis(whole, results).stats()['AP75'] == 0


def test_areas_of_the_file_decide_the_size():
    truth = labels([video(1, 1)], [annotation(1, SQUARE, areas=[200**2])])
    stats = evaluate_vis(truth, [track(1, SQUARE)]).stats()
    assert (stats['APs'], stats['APm']) == (-1, pytest.approx(1))
