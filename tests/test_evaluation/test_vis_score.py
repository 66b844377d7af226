"""Numbers of a data set, joined from its videos."""

import pytest
from vis_cases import annotation, box, labels, random_case, track, video

from mmselfshot.evaluation.vis_ap import evaluate_vis
from mmselfshot.evaluation.vis_score import (
    join_categories,
    join_pooled,
    score_results,
    summarize,
)

LEFT, RIGHT = box(0, 0, 5, 5), box(12, 0, 5, 5)


@pytest.mark.parametrize('seed', range(4))
def test_joined_numbers_are_those_of_the_whole(seed):
    """Video by video and shuffled, against all at once."""
    videos, annotations, results = random_case(seed, num_videos=6)
    truth = labels(videos, annotations, (1, 2, 3))
    scores = score_results(truth, results)[::-1]
    whole = evaluate_vis(truth, results)
    assert join_categories(scores, [3, 1, 2]).stats() == whole.stats()
    for view in ('pooled', 'foreground'):
        stats = evaluate_vis(truth, results, view).stats()
        assert join_pooled(scores, view).stats() == stats
    summary = summarize(scores, [1, 2, 3])
    assert summary['AP'] == whole.stats()['AP']
    assert summary['fgbg_AP50'] == stats['AP50']


def test_summary_by_hand():
    """Video 1: object followed by A, then B. Video 2: named wrongly, half
    covered. Video 3: missed."""
    truth = labels(
        [video(n, 2) for n in (1, 2, 3)],
        [
            annotation(1, [LEFT, LEFT]),
            annotation(2, [LEFT, LEFT]),
            annotation(3, [None, LEFT]),
        ],
    )
    results = [
        track(1, [LEFT, None]),
        track(1, [None, LEFT], score=0.5),
        track(2, [LEFT, RIGHT], category_id=2),
        track(2, [RIGHT, RIGHT], category_id=7, score=0.05),
    ]
    scores = score_results(truth, results)
    assert [one.num_unlisted for one in scores] == [0, 1, 0]
    assert [one.num_predictions for one in scores] == [2, 2, 0]
    summary = summarize(scores, [1, 2])
    # IoU of video 1: 25 / 50 each; of video 2: 25 / 75
    assert summary['track_iou'] == pytest.approx((0.5 + 1 / 3 + 0) / 3)
    assert summary['frame_iou'] == pytest.approx(3 / 5)
    assert summary['id_switches_per_track'] == pytest.approx(1 / 3)
    assert summary['id_paired_share'] == pytest.approx(3 / 5)
    # one of three found at .5, by the best-scored of its category
    assert summary['AP50'] == pytest.approx(34 / 101)
    assert summary['pooled_AP75'] == 0


def test_videos_without_a_labelled_frame_are_left_out():
    truth = labels([video(1, 1, labelled_frames=[]), video(2, 1)], [])
    scores = score_results(truth, [track(1, [LEFT]), track(2, [LEFT])])
    assert [one.video_id for one in scores] == [2]
    assert summarize(scores, [1, 2])['track_iou'] == -1
