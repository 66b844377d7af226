"""Tracks of boxes."""

import numpy as np
import pytest

from mmselfshot.datasets import LabelFile
from mmselfshot.labelling.candidates import FrameCandidates, table_of_video
from mmselfshot.labelling.deep_sort_tracker import (
    DeepSortTracker,
    box_ious,
    track_candidates,
)
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError

RED, BLUE = np.eye(2)
SIDE = 20


def box_at(x: float, y: float = 10) -> list[float]:
    return [x, y, x + SIDE, y + SIDE]


def run(frames, **options) -> list[list[int]]:
    """Frames are lists of (box, feature); rows count on over the video."""
    tracker = DeepSortTracker(**options)
    start = 0
    for frame in frames:
        boxes = np.array([box for box, _ in frame]).reshape(-1, 4)
        features = np.array([feature for _, feature in frame]).reshape(-1, 2)
        tracker.update(boxes, features, range(start, start + len(frame)))
        start += len(frame)
    return tracker.finish()


def test_two_boxes_that_move_past_each_other_keep_their_looks():
    """They meet at x = 40; their order in a frame changes."""
    frames = []
    for t in range(9):
        both = [(box_at(8 * t), RED), (box_at(80 - 8 * t, 12), BLUE)]
        frames.append(both if t % 2 else both[::-1])
    even = [2 * t + (t % 2 == 0) for t in range(9)]
    odd = [2 * t + (t % 2 == 1) for t in range(9)]
    assert run(frames) == sorted([even, odd])


def test_track_is_found_again_by_its_looks():
    """Out of sight in frames 4 to 6; then where its motion leads."""
    frames = [[(box_at(3 * t), RED)] for t in range(10)]
    for t in (4, 5, 6):
        frames[t] = []
    assert run(frames) == [[0, 1, 2, 3, 4, 5, 6]]
    assert run(frames, max_age=2) == [[0, 1, 2, 3], [4, 5, 6]]


def test_another_look_at_the_same_place_is_a_new_track_after_a_gap():
    frames = [[(box_at(0), RED)]] * 4 + [[]] + [[(box_at(0), BLUE)]] * 4
    assert run(frames) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_overlap_decides_where_looks_fail():
    """DeepSORT matches the rest by IoU with tracks of the last frame."""
    frames = [[(box_at(0), RED)]] * 4 + [[(box_at(1), BLUE)]] * 2
    assert run(frames) == [[0, 1, 2, 3, 4, 5]]


def test_a_box_of_two_frames_is_no_track():
    frames = [[(box_at(0), RED)]] * 2 + [[]] * 3
    assert run(frames) == []
    assert run(frames, num_init=2) == [[0, 1]]


def test_without_features_motion_and_overlap_count():
    tracker = DeepSortTracker()
    for t in range(4):
        boxes = np.array([box_at(2 * t), box_at(100 - 2 * t)])
        tracker.update(boxes, np.zeros((2, 0)), [2 * t, 2 * t + 1])
    assert tracker.finish() == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_box_ious_by_hand():
    first = np.array([[0, 0, 4, 4], [0, 0, 1, 1.0]])
    second = np.array([[2, 0, 6, 4], [0, 0, 4, 4.0]])
    assert box_ious(first, second) == pytest.approx(
        np.array([[8 / 24, 1], [0, 1 / 16]])
    )


def make_table(num_frames=4):
    """One square that moves; in each frame a speck at another place."""
    frames = []
    for t in range(num_frames):
        masks = np.zeros((2, 40, 60), bool)
        masks[0, 10:30, 2 * t : 2 * t + 20] = True
        masks[1, 2:4, 12 * t : 12 * t + 3] = True
        frames.append(
            FrameCandidates(
                frame_id=t,
                masks=masks,
                mask_score=np.array([0.5, 1.0]),
                probs=np.array([[0.2, 0.8], [0.5, 0.5]]),
                features=np.stack([RED, BLUE]),
                box=np.array([[2 * t, 10, 2 * t + 20, 30]] * 2)
                + np.array([[0], [t * 12 + 30]]),
                is_small=np.zeros(2, bool),
            )
        )
    video = {
        'name': 'a',
        'file_names': [f'a/{t}.jpg' for t in range(num_frames)],
        'width': 60,
        'height': 40,
    }
    return table_of_video(5, video, frames, ('disc', 'star'), 'test')


def test_results_of_candidates():
    table = make_table()
    (track,) = track_candidates(table, DeepSortTracker())
    assert (track['video_id'], track['category_id']) == (5, 2)
    assert track['score'] == pytest.approx(0.8 * 0.5)
    assert len(track['segmentations']) == 4
    mask = decode_mask(track['segmentations'][3], 40, 60)
    assert mask[10:30, 6:26].all()
    assert mask.sum() == 400


def test_dropped_candidates_take_no_part():
    table = make_table()
    table.drop(np.arange(len(table)), 'weak')
    assert track_candidates(table, DeepSortTracker()) == []


def truth_of(names) -> LabelFile:
    video = {
        'id': 71,
        'width': 60,
        'height': 40,
        'file_names': ['a/0.jpg'],
    }
    categories = [{'id': 9 - n, 'name': name} for n, name in enumerate(names)]
    return LabelFile(categories, [video], [])


def test_ids_are_those_of_the_true_labels():
    truth = truth_of(['ring', 'star', 'disc'])
    (track,) = track_candidates(make_table(), DeepSortTracker(), truth)
    assert (track['video_id'], track['category_id']) == (71, 8)


def test_what_is_not_in_the_true_labels_is_named():
    with pytest.raises(UserError, match="no class 'star'"):
        track_candidates(make_table(), DeepSortTracker(), truth_of(['disc']))
    truth = truth_of(['disc', 'star'])
    truth.videos[71]['file_names'] = ['b/0.jpg']
    with pytest.raises(UserError, match='no video that begins with a/0'):
        track_candidates(make_table(), DeepSortTracker(), truth)
