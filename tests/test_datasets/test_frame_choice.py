"""Which frames make a clip."""

import random
from collections import Counter

import pytest

from mmselfshot.datasets.frame_choice import choose_frames


def test_single_frames_are_drawn_equally_often():
    count = Counter(choose_frames([2, 5, 9], 1)[0] for _ in range(3000))
    assert set(count) == {2, 5, 9}
    assert all(900 < number < 1100 for number in count.values())


def test_frames_are_different_ascending_and_of_the_candidates():
    for _ in range(50):
        frames = choose_frames([1, 4, 6, 7, 9], 3)
        assert frames == sorted(set(frames))
        assert set(frames) <= {1, 4, 6, 7, 9}


def test_all_candidates_when_as_many_are_wanted():
    assert choose_frames([3, 1, 2], 3) == [1, 2, 3]


@pytest.mark.parametrize('frame_range', [1, 3])
def test_some_frame_is_within_range_of_all(frame_range):
    for _ in range(200):
        frames = choose_frames(range(30), 3, frame_range)
        assert len(frames) == 3
        assert any(
            all(abs(first - other) <= frame_range for other in frames)
            for first in frames
        )


def test_too_few_candidates_are_repeated():
    assert choose_frames([4], 3) == [4, 4, 4]
    assert choose_frames([4, 20], 2, frame_range=5) in ([4, 4], [20, 20])
    assert set(choose_frames([4, 5], 4)) == {4, 5}


def test_draws_come_from_the_global_state():
    random.seed(3)
    first = [choose_frames(range(100), 2) for _ in range(5)]
    random.seed(3)
    assert [choose_frames(range(100), 2) for _ in range(5)] == first
