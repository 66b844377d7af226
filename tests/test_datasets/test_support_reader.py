"""Frames of a video: in order, each read once, and held once."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets import support_reader
from mmselfshot.datasets.episode_form import to_clip
from mmselfshot.datasets.support_reader import read_frames
from mmselfshot.utils import UserError

SIZE = 60, 80


@pytest.fixture
def frames(tmp_path):
    made = np.random.default_rng(0).integers(0, 256, (20, *SIZE, 3), np.uint8)
    paths = [str(tmp_path / f'{number}.png') for number in range(len(made))]
    for path, frame in zip(paths, made):
        Image.fromarray(frame).save(path)
    return paths, made


def test_frames_come_in_order_and_are_read_once(frames, monkeypatch):
    paths, made = frames
    asked = []
    read = support_reader.read_frame
    monkeypatch.setattr(
        support_reader, 'read_frame', lambda p: asked.append(p) or read(p)
    )
    numbers = [4, 2, 4, 7, 2]
    found = read_frames(paths, numbers)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, made[numbers])
    assert asked == [paths[number] for number in (4, 2, 7)]
    clip = to_clip(found)
    assert clip.shape == (5, 3, *SIZE) and clip.is_contiguous()
    np.testing.assert_array_equal(clip.permute(0, 2, 3, 1), made[numbers])


def test_a_clip_is_held_in_memory_once(frames):
    """Beside it, what the decoder takes for one of its 20 frames."""
    paths, made = frames
    read_frames(paths, [0])
    tracemalloc.start()
    found = read_frames(paths, range(len(paths)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * made.nbytes
    assert to_clip(found).data_ptr() == found.ctypes.data


def test_frames_of_two_sizes_are_refused(frames):
    paths, _ = frames
    Image.new('RGB', (30, 10)).save(paths[3])
    with pytest.raises(UserError, match=r'3\.png is 30x10, another one 80x60'):
        read_frames(paths, [2, 3])
