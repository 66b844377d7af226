"""Which frames of a clip are sampled."""

import numpy as np
import pytest
from PIL import Image
from tiny_pool import grey, levels, noise, write_film, write_folder

from mmselfshot.datasets import pool_clip
from mmselfshot.datasets.clip_pool import PoolClip, sample_frames
from mmselfshot.datasets.pool_clip import read_clip, spread_evenly
from mmselfshot.utils.video_io import VideoError

LEVELS = [10 * i for i in range(24)]


@pytest.fixture(scope='module', params=['folder', 'film'])
def video(request, tmp_path_factory):
    """24 frames of growing grey, 6 per second."""
    root = tmp_path_factory.mktemp('videos')
    images = [grey(level) for level in LEVELS]
    if request.param == 'folder':
        return write_folder(root / 'v', images)
    return write_film(root / 'v.mp4', images, rate=6, g='7', crf='2')


def clip_of(path, start=None, end=None):
    return PoolClip('v', path, 'v', start, end)


@pytest.mark.parametrize(
    'length, number, wanted',
    [
        (4, 4, [0, 1, 2, 3]),
        (4, 2, [1, 3]),
        (10, 1, [5]),
        (9, 3, [1, 4, 7]),
        (7, 3, [1, 3, 5]),
        (2, 4, [0, 0, 1, 1]),
    ],
)
def test_middles_of_equal_parts(length, number, wanted):
    assert spread_evenly(range(length), number) == wanted


def test_segments_follow_each_other(video):
    frames = sample_frames(clip_of(video), 3, 2)
    assert frames.shape == (3, 2, 32, 48, 3) and frames.dtype == np.uint8
    assert levels(frames) == [LEVELS[i] for i in (2, 6, 10, 14, 18, 22)]


def test_times_bound_a_clip(video):
    """From 1 to 2 s at 6 per second: frames 6 to 11."""
    clip = read_clip(clip_of(video, 1.0, 2.0), 2, 3)
    assert levels(clip.frames) == LEVELS[6:12]
    assert (clip.start, clip.end) == (1.0, 2.0)
    rest = read_clip(clip_of(video, 3.5), 1, 3)
    assert levels(rest.frames) == LEVELS[21:]
    assert (rest.start, rest.end) == (3.5, pytest.approx(4, abs=0.01))


def test_short_clips_repeat_their_last_frame(video):
    frames = sample_frames(clip_of(video, 0, 0.5), 2, 4)
    assert levels(frames) == LEVELS[:3] + [LEVELS[2]] * 5


@pytest.mark.parametrize('place', [(1.02, 1.1), (7.0, 8.0)])
def test_clip_shorter_than_a_frame_is_one_line(video, place):
    with pytest.raises(VideoError, match='clip v holds no frame: its 24'):
        sample_frames(clip_of(video, *place), 1, 1)


def test_only_needed_pictures_are_read(tmp_path, monkeypatch):
    folder = write_folder(tmp_path / 'v', [grey(v) for v in LEVELS])
    seen = []
    real = pool_clip.read_image
    monkeypatch.setattr(
        pool_clip,
        'read_image',
        lambda path: seen.append(path.stem) or real(path),
    )
    sample_frames(clip_of(folder), 2, 2)
    assert seen == ['00003', '00009', '00015', '00021']


def test_unreadable_clips_are_one_line(tmp_path):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'bad.mp4').write_bytes(b'bad')
    broken = write_folder(tmp_path / 'broken', noise(0, 3))
    (broken / '00001.png').write_bytes(b'bad')
    sizes = write_folder(tmp_path / 'sizes', noise(0, 3))
    Image.new('RGB', (8, 8)).save(sizes / '00001.png')
    for name, text in (
        ('gone.mp4', 'no video'),
        ('empty', 'no frame in'),
        ('bad.mp4', 'cannot be read as a video'),
        ('broken', '00001.png cannot be read'),
        ('sizes', 'frames of 2 sizes, 48x32 and 8x8'),
    ):
        with pytest.raises(VideoError, match=text) as caught:
            sample_frames(clip_of(tmp_path / name), 1, 3)
        assert '\n' not in str(caught.value)


def test_long_film_takes_the_memory_of_its_chosen_frames(tmp_path):
    """120 frames of 1.4 MB each; 4 chosen ones stay below 40 MB."""
    import tracemalloc

    images = [grey(i % 250, (480, 960)) for i in range(120)]
    path = write_film(
        tmp_path / 'long.mp4', images, preset='ultrafast', g='60'
    )
    del images
    tracemalloc.start()
    frames = sample_frames(clip_of(path), 2, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert frames.nbytes == 4 * 480 * 960 * 3
    assert peak < 40e6


def test_still_image_is_a_clip_of_one_repeated_frame(tmp_path):
    Image.fromarray(grey(70)).save(tmp_path / 'still.png')
    found = read_clip(clip_of(tmp_path / 'still.png'), 1, 3)
    assert levels(found.frames) == [70] * 3
    assert found.end == pytest.approx(1 / 6, abs=1e-6)
