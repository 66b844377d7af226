"""Temporal crops: where they lie in a clip."""

import numpy as np
import pytest
from tiny_pool import grey, levels, write_folder

from mmselfshot.datasets.clip_crops import place_crops, read_crops
from mmselfshot.datasets.pool_clip import PoolClip
from mmselfshot.utils.video_io import VideoError


@pytest.mark.parametrize(
    ('length', 'places', 'num_frames', 'share', 'expected'),
    [
        # windows of 5 of 25 frames: the last, and the middle one of 21
        (25, [0.999, 0.5], 5, 0.2, [range(20, 25), range(10, 15)]),
        # 3 of a window of 10: the middles of its thirds
        (20, [0.0], 3, 0.5, [[1, 5, 8]]),
        # a window is never shorter than the frames that it must give
        (10, [0.999], 4, 0.1, [[6, 7, 8, 9]]),
        # nor longer than the clip, whose last frame then comes again
        (2, [0.0, 0.9], 4, 0.2, [[0, 1, 1, 1]] * 2),
        (1, [0.3], 1, 1.0, [[0]]),
    ],
)
def test_crops_by_hand(length, places, num_frames, share, expected):
    found = place_crops(range(length), places, num_frames, share)
    assert found == [list(crop) for crop in expected]


def test_every_place_gives_frames_of_the_clip():
    rng = np.random.default_rng(0)
    for _ in range(200):
        length, num_frames = rng.integers(1, 30), rng.integers(1, 8)
        numbers = list(range(7, 7 + length))
        crops = place_crops(
            numbers, rng.random(3), num_frames, 0.01 + 0.99 * rng.random()
        )
        for crop in crops:
            assert len(crop) == num_frames and crop == sorted(crop)
            assert set(crop) <= set(numbers)


def test_crops_are_read_inside_of_the_clip(tmp_path):
    """10 frames, 6 per second; the clip is frames 3 to 8."""
    folder = write_folder(tmp_path / 'v', [grey(20 * i) for i in range(10)])
    clip = PoolClip('v', folder, 'v', 0.5, 1.5)
    found = read_crops(clip, [0.0, 0.99], 2, 1 / 3)
    assert found.shape == (2, 2, 32, 48, 3) and found.dtype == np.uint8
    assert levels(found) == [60, 80, 140, 160]


def test_clip_that_is_no_video_is_named(tmp_path):
    (tmp_path / 'a.mp4').write_text('no video')
    with pytest.raises(VideoError, match=r'a\.mp4 cannot be read'):
        read_crops(PoolClip('a', tmp_path / 'a.mp4', 'a'), [0.0], 2, 0.5)
