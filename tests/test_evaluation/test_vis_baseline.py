"""The trivial prediction."""

import numpy as np
import pytest
from vis_cases import HEIGHT, WIDTH, annotation, box, labels, video

from mmselfshot.evaluation.vis_baseline import (
    commonest_category,
    cut_at_mean_area,
    mean_mask,
    predict_mean_mask,
)
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError

TRAIN = labels(
    [video(1, 2), video(2, 1)],
    [
        annotation(1, [box(0, 0, 4, 4), None], 2),
        annotation(1, [box(0, 0, 4, 4), box(2, 0, 4, 4)], 1),
        annotation(2, [box(2, 0, 4, 4)], 2),
        annotation(2, [box(9, 9, 3, 3)], 1, iscrowd=1),
    ],
)


def test_mean_of_all_masks_by_hand():
    """Two masks at columns 0..3, two at 2..5, rows 0..3; no crowd."""
    hand = np.zeros((HEIGHT, WIDTH))
    hand[:4, 0:4] += 0.5
    hand[:4, 2:6] += 0.5
    assert np.array_equal(mean_mask(TRAIN), hand)


def test_cut_keeps_the_mean_area_of_the_most_frequent_pixels():
    mean = np.array([[0.2, 0.9, 0.5], [0.5, 0.5, 0.0]])  # sum 2.6
    assert cut_at_mean_area(mean).tolist() == [
        [False, True, True],
        [True, False, False],
    ]
    assert cut_at_mean_area(np.full((2, 2), 0.01)).sum() == 1


def test_first_of_equally_common_categories():
    assert commonest_category(TRAIN) == 'kind 2'
    tied = labels([video(1, 1)], [annotation(1, [None], k) for k in (2, 1)])
    assert commonest_category(tied) == 'kind 1'


def test_one_track_per_video_with_the_ids_of_its_own_file():
    val = labels([video(7, 3), video(5, 1)], [], (9, 4))
    val.categories[1]['name'] = 'kind 2'
    results = predict_mean_mask(TRAIN, val)
    assert [(r['video_id'], len(r['segmentations'])) for r in results] == [
        (7, 3),
        (5, 1),
    ]
    assert {(r['category_id'], r['score']) for r in results} == {(4, 1.0)}
    found = decode_mask(results[0]['segmentations'][2], HEIGHT, WIDTH)
    hand = np.zeros((HEIGHT, WIDTH), bool)
    # 8 sure pixels (columns 2, 3), then row order fills 8 of the halves
    hand[:4, 2:4] = True
    hand[:2, 0:2] = hand[:2, 4:6] = True
    assert np.array_equal(found, hand)


def test_mask_is_scaled_to_the_video():
    big = {**video(1, 1), 'height': 2 * HEIGHT, 'width': 2 * WIDTH}
    square = labels([video(1, 1)], [annotation(1, [box(0, 0, 4, 4)])])
    result = predict_mean_mask(square, labels([big], []))[0]
    mask = decode_mask(result['segmentations'][0], 2 * HEIGHT, 2 * WIDTH)
    hand = np.zeros_like(mask)
    hand[:8, :8] = True
    assert np.array_equal(mask, hand)


def test_training_masks_of_other_sizes_are_resampled():
    small = {**video(2, 1), 'height': HEIGHT // 2, 'width': WIDTH // 2}
    mask = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
    mask[:2, :2] = 1
    runs = [0, 2, 4, 2, mask.size - 8]
    rle = {'size': list(mask.shape), 'counts': runs}
    mixed = labels(
        [video(1, 1), video(3, 1), small],
        [annotation(1, [box(0, 0, 4, 4)]), annotation(2, [rle])],
    )
    hand = np.zeros((HEIGHT, WIDTH))
    hand[:4, :4] = 1
    assert np.array_equal(mean_mask(mixed), hand)


def test_unlabelled_training_and_other_classes_are_refused():
    with pytest.raises(UserError, match='no annotations'):
        predict_mean_mask(labels([video(1, 1)], []), TRAIN)
    with pytest.raises(UserError, match='no masks'):
        mean_mask(labels([video(1, 1)], [annotation(1, [None])]))
    with pytest.raises(UserError, match="'kind 2'"):
        predict_mean_mask(TRAIN, labels([video(1, 1)], [], (1,)))
