"""Which frames of a query an episode takes."""

import random

from mmselfshot.datasets.episode_frames import cut_start


def test_a_drawn_cut_shows_a_target_where_one_can():
    """Of 8 frames the sixth alone shows one."""
    shown, draw = [frame == 5 for frame in range(8)], random.Random(0)
    assert {cut_start(8, 3, shown, draw) for _ in range(80)} == {3, 4, 5}
    none = [False] * 8
    assert {cut_start(8, 3, none, draw) for _ in range(200)} == set(range(6))
    assert cut_start(2, 3, [False] * 2, draw) == 0


def test_a_cut_that_is_not_drawn_is_in_the_middle():
    assert [cut_start(n, 3) for n in (2, 3, 7, 8)] == [0, 0, 2, 2]
