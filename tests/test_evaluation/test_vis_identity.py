"""Identity switches and overlap of each object's own prediction."""

import numpy as np
import pytest
from vis_cases import annotation, box, track, video

from mmselfshot.evaluation.vis_identity import (
    best_ious,
    count_switches,
    instance_ious,
    measure_following,
)
from mmselfshot.evaluation.vis_video import VideoPair

LEFT, RIGHT = box(0, 0, 5, 5), box(12, 0, 5, 5)


def _frames(*frames):
    """(T, P, G) from T lists of P rows of G values."""
    return np.array(frames, dtype=float)


def test_a_switch_is_another_track_than_the_last():
    """Track 0, then 1, then none, then 1, then 0: two switches."""
    first, second, none = [[0.9], [0]], [[0], [0.9]], [[0.4], [0]]
    ious = _frames(first, second, none, second, first)
    switches, paired = count_switches(ious)
    assert switches.tolist() == [2]
    assert paired.tolist() == [4]


def test_two_tracks_that_change_places_switch_both_objects():
    straight, crossed = np.eye(2), np.eye(2)[::-1]
    switches, _ = count_switches(np.stack([straight, crossed, crossed]))
    assert switches.tolist() == [1, 1]


def test_an_object_stays_with_its_track_while_that_still_fits():
    """CLEAR MOT: a better track is no switch; the old one below .5 is."""
    better = [[0.6], [0.9]]
    switches, _ = count_switches(_frames([[0.9], [0.6]], better, better))
    assert switches.tolist() == [0]
    gone = [[0.4], [0.9]]
    switches, _ = count_switches(_frames([[0.9], [0.6]], better, gone))
    assert switches.tolist() == [1]


def test_a_kept_pair_outweighs_better_pairs_of_the_others():
    """Object 0 keeps track 0 at .5, though 1 + 1 could be had across."""
    first = [[1.0, 0.0], [0.0, 0.0]]
    then = [[0.5, 1.0], [1.0, 0.0]]
    switches, paired = count_switches(_frames(first, then))
    assert switches.tolist() == [0, 0]
    assert paired.tolist() == [2, 0]


def test_pairs_are_one_to_one_with_the_largest_sum():
    """Both objects like track 0 best; .6 + .8 beats .9 alone."""
    ious = _frames([[0.9, 0.8], [0.6, 0]])
    switches, paired = count_switches(ious)
    assert paired.tolist() == [1, 1]
    assert switches.tolist() == [0, 0]


def test_half_is_a_pair_and_less_is_none():
    _, paired = count_switches(_frames([[0.5]], [[np.nextafter(0.5, 0)]]))
    assert paired.tolist() == [1]


def test_order_of_tracks_and_objects_does_not_matter():
    rng = np.random.default_rng(0)
    ious = rng.random((30, 5, 3))
    switches, paired = count_switches(ious)
    rows, columns = rng.permutation(5), rng.permutation(3)
    again = count_switches(ious[:, rows][:, :, columns])
    assert again[0].tolist() == switches[columns].tolist()
    assert again[1].tolist() == paired[columns].tolist()
    assert switches.sum() > 0


@pytest.mark.parametrize('shape', [(0, 2, 2), (3, 0, 2), (3, 2, 0)])
def test_nothing_to_follow(shape):
    switches, paired = count_switches(np.zeros(shape))
    assert switches.tolist() == paired.tolist() == [0] * shape[2]


def test_best_ious_gives_a_track_to_one_object_only():
    ious = np.array([[0.9, 0.8], [0.3, 0.0]])
    assert best_ious(ious).tolist() == [0.3, 0.8]
    assert best_ious(np.zeros((0, 2))).tolist() == [0, 0]


def test_instance_ious_are_of_the_visible_objects_of_each_frame():
    ious = _frames([[0.9, 0.8]], [[0.2, 0.6]])
    visible = np.array([[True, True], [True, False]])
    assert instance_ious(ious, visible).tolist() == [0.9, 0.0, 0.2]


def _measure(predictions, annotations, score_thr=0.1, length=4):
    pair = VideoPair(video(1, length), annotations, predictions)
    return measure_following(pair, score_thr)


def test_one_mask_track_under_two_names_is_no_switch():
    masks = [LEFT] * 4
    found = _measure(
        [track(1, masks, 1, 0.9), track(1, masks, 2, 0.8)],
        [annotation(1, masks)],
    )
    assert found.num_switches.tolist() == [0]
    assert found.num_paired.tolist() == [4]
    assert found.track_ious.tolist() == [1.0]


def test_a_video_by_hand():
    """The object is left for 4 frames; track A covers the first two, B the
    others. A is its own prediction (IoU 2/4), each frame has a perfect one.
    """
    halves = [
        track(1, [LEFT, LEFT, None, None], score=0.9),
        track(1, [None, None, LEFT, LEFT], score=0.3),
    ]
    crowd = annotation(1, [RIGHT] * 4, iscrowd=1)
    unseen = annotation(1, [None] * 4)
    found = _measure(halves, [crowd, unseen, annotation(1, [LEFT] * 4)])
    assert found.annotation_rows.tolist() == [2]
    assert found.num_switches.tolist() == [1]
    assert found.num_paired.tolist() == found.num_visible.tolist() == [4]
    assert found.track_ious.tolist() == [0.5]
    assert found.frame_ious.tolist() == [1, 1, 1, 1]


def test_weak_tracks_make_no_switches_but_count_for_the_overlap():
    halves = [
        track(1, [LEFT, LEFT, None, None], score=0.9),
        track(1, [None, None, LEFT, LEFT], score=0.3),
    ]
    found = _measure(halves, [annotation(1, [LEFT] * 4)], score_thr=0.31)
    assert found.num_switches.tolist() == [0]
    assert found.num_paired.tolist() == [2]
    assert found.frame_ious.tolist() == [1, 1, 1, 1]


def test_without_predictions_nothing_is_followed():
    found = _measure([], [annotation(1, [LEFT, None, None, None])])
    assert found.track_ious.tolist() == [0.0]
    assert found.num_paired.tolist() == [0]
    assert found.num_visible.tolist() == [1]
