"""AP from kept IoUs: by hand, and equal to the metric's; the swap score."""

import numpy as np
import pytest
from tiny_episodes import HEIGHT, WIDTH, make_episodes, write_episodes

from mmselfshot.datasets import EpisodeDataset
from mmselfshot.evaluation import EpisodeMetric
from mmselfshot.evaluation.query_rows import (
    QueryRow,
    class_mean_ap50,
    make_query_row,
    pooled_ap50,
    swap_score,
)
from mmselfshot.evaluation.vis_metric import tracks_to_results
from mmselfshot.structures import encode_mask
from mmselfshot.utils import UserError


def row(scores, ious, kinds=(1,), is_target=(True,), asked=(1,)):
    return QueryRow(
        1, list(asked), list(scores), ious, list(kinds), list(is_target)
    )


def pooled(rows):
    return pooled_ap50([one.matches() for one in rows])


def test_ap_of_two_queries_by_hand():
    """Right .9, wrong .8, right .7: precision 1 to recall .5, then 2/3."""
    first = row([0.9, 0.8], [[0.6], [0.7]])  # the target is taken by .9
    second = row([0.7], [[0.5]])
    assert pooled([first, second]) == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert pooled([first, row([0.7], [[0.49]])]) == pytest.approx(51 / 101)
    assert pooled([second, second]) == 1


def test_other_instances_are_wrong():
    """The first prediction is on a non-target: precision 1/2 at the end."""
    one = row([0.9, 0.8], [[0.0, 0.9], [0.8, 0.0]], (1, 2), (True, False))
    assert pooled([one]) == pytest.approx(0.5)
    assert one.num_targets == 1


def test_nothing_predicted_and_nothing_to_find():
    assert pooled([row([], [])]) == 0
    assert pooled([row([0.5], [[]], (), ())]) == -1
    assert pooled([]) == class_mean_ap50([]) == -1


def test_class_mean_counts_each_kind_once():
    """Kind 1 has two queries, one found of two; kind 2 has one, found."""
    rows = [
        row([0.9], [[0.9]]),
        row([0.8], [[0.1]]),
        row([0.7], [[0.9]], kinds=(2,), asked=(2,)),
    ]
    assert class_mean_ap50(rows) == pytest.approx((51 / 101 + 1) / 2)


def test_a_query_for_two_kinds_counts_in_each():
    """Kind 1: one of two found; kind 2: the first query alone, found."""
    both = row([0.9], [[0.9]], kinds=(2,), asked=(1, 2))
    other = row([0.8], [[0.1]])
    assert class_mean_ap50([both, other]) == pytest.approx((51 / 101 + 1) / 2)


def test_class_mean_counts_what_is_found_where_no_target_is_seen():
    """Kind 1 is asked for twice, seen once; the first find is wrong."""
    unseen = row([0.9], [[]], (), ())
    assert class_mean_ap50([unseen, row([0.8], [[0.9]])]) == 0.5


@pytest.mark.parametrize(
    ('ious', 'expected'),
    [
        ([[0.4, 0.1, 0.3]], 1.0),  # the second target counts
        ([[0.2, 0.3, 0.1]], 0.0),
        ([[0.0, 0.0, 0.0]], 0.5),
        ([[0.1, 0.9, 0.0], [0.9, 0.0, 0.0]], 0.0),  # the best alone
        ([], 0.5),
    ],
)
def test_swap_score_of_the_best_prediction(ious, expected):
    scores = [0.9, 0.8][: len(ious)]
    one = row(scores, ious, (1, 2, 1), (True, False, True))
    assert swap_score(one) == expected


def draw_tracks(rng, num_frames):
    """Boxes near those of the label file, and anywhere."""
    masks = np.zeros((5, num_frames, HEIGHT, WIDTH), bool)
    for one, left in zip(masks, rng.integers(0, 12, 5)):
        one[:, 4:12, left : left + 4] = rng.random((num_frames, 1, 1)) < 0.9
    return {
        'scores': np.round(rng.random(5), 1),  # also equal ones
        'labels': np.zeros(5, int),
        'segmentations': [[encode_mask(one) for one in m] for m in masks],
    }


def test_equal_to_the_metric_of_the_same_predictions(tmp_path):
    kinds = ((1, 2), (1,), (2, 3), (2,), (2, 3))
    files = write_episodes(tmp_path, make_episodes(kinds))
    dataset = EpisodeDataset(
        **files,
        part='train',
        max_supports=0,
        test_mode=True,
        split=str(tmp_path / 'split.json'),
        has_mixed_videos=True,
    )
    assert len(dataset) == 5
    metric = EpisodeMetric(files['ann_file'])
    metric.dataset_meta = dataset.metainfo
    truth = dataset.truth(has_others=True)
    rng = np.random.default_rng(0)
    rows = []
    for video_id, video in truth.videos.items():
        tracks = draw_tracks(rng, video['length'])
        metric.process(None, [{'video_id': video_id, 'pred_tracks': tracks}])
        rows.append(
            make_query_row(
                video,
                video['category_ids'],
                truth.annotations[video_id],
                tracks_to_results(video_id, tracks, [1, 2, 3]),
            )
        )
    numbers = metric.evaluate(5)
    assert 0 < numbers['vis/fgbg_AP50'] < 1
    assert pooled(rows) == numbers['vis/fgbg_AP50']
    assert class_mean_ap50(rows) == numbers['vis/class_mean_AP50']
    assert not all(rows[2].is_target)


def test_a_query_with_a_crowd_is_refused():
    """The metric ignores what lies in it; a row would call it a miss."""
    video = {'id': 7, 'height': HEIGHT, 'width': WIDTH, 'length': 1}
    mask = encode_mask(np.ones((HEIGHT, WIDTH), bool))
    one = {'category_id': 1, 'segmentations': [mask], 'iscrowd': 1}
    with pytest.raises(UserError, match='query 7 shows a crowd, which rows'):
        make_query_row(video, [1], [one], [])
    one['iscrowd'] = 0
    assert make_query_row(video, [1], [one], []).num_targets == 1


def test_small_overlaps_are_told_and_unseen_predictions_are_not():
    """IoUs of 1/7; the second track is in the frame without labels alone."""
    masks = np.zeros((2, HEIGHT, WIDTH), bool)
    masks[0, :, :4], masks[1, :, 3:7] = True, True
    shown, found = map(encode_mask, masks)
    video = {'id': 7, 'height': HEIGHT, 'width': WIDTH, 'length': 2}
    video['labelled_frames'] = [0]
    one = {'category_id': 1, 'segmentations': [shown, None]}
    predictions = [
        {'category_id': 1, 'score': score, 'segmentations': segmentations}
        for score, segmentations in ((0.9, [found] * 2), (0.8, [None, found]))
    ]
    made = make_query_row(video, [1], [one], predictions)
    assert made.scores == [0.9]
    assert made.ious == [[pytest.approx(1 / 7)]]
