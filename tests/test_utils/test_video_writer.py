"""Films: playable in browsers, whole or not there."""

import errno
import os
import subprocess
import sys
import textwrap

import av
import numpy as np
import pytest

from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoFile
from mmselfshot.utils.video_writer import VideoWriter

COLORS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (240, 240, 240)]


def plain(color, size=(40, 60)) -> np.ndarray:
    return np.full((*size, 3), color, dtype=np.uint8)


def test_film_is_h264_yuv420p_with_its_index_in_front(tmp_path):
    path = tmp_path / 'sub' / 'film.mp4'
    with VideoWriter(path, fps=12.5) as writer:
        for color in COLORS:
            writer.add(plain(color))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == 'h264'
        assert stream.codec_context.pix_fmt == 'yuv420p'
        assert float(stream.average_rate) == pytest.approx(12.5)
        assert float(stream.duration * stream.time_base) == pytest.approx(
            4 / 12.5, abs=1e-3
        )
    data = path.read_bytes()
    assert data.index(b'moov') < data.index(b'mdat')
    for frame, color in zip(VideoFile(path).frames(), COLORS, strict=True):
        assert np.abs(frame.image.astype(int) - color).max() <= 4
    assert os.listdir(path.parent) == ['film.mp4']


@pytest.mark.parametrize('size', [(41, 61), (41, 60), (1, 1), (2, 3)])
def test_odd_sizes_are_padded_by_one(tmp_path, size):
    path = tmp_path / 'film.mp4'
    with VideoWriter(path, fps=5) as writer:
        writer.add(plain(COLORS[0], size))
    (frame,) = VideoFile(path).frames()
    assert frame.image.shape == (
        size[0] + size[0] % 2,
        size[1] + size[1] % 2,
        3,
    )
    assert np.abs(frame.image.astype(int) - COLORS[0]).max() <= 4


def test_times_are_kept_and_made_to_grow(tmp_path):
    path = tmp_path / 'film.mp4'
    times = [0.0, 0.5, 0.5, 0.4, 2.0]
    with VideoWriter(path, fps=2) as writer:
        for time in times:
            writer.add(plain(COLORS[1]), time)
    found = [frame.time for frame in VideoFile(path).frames()]
    assert found == pytest.approx([0, 0.5, 0.5, 0.5, 2.0], abs=1e-3)
    assert (np.diff(found) > 0).all()


def test_exception_leaves_nothing_and_keeps_the_old_film(tmp_path):
    path = tmp_path / 'film.mp4'
    path.write_text('old')
    with pytest.raises(KeyboardInterrupt), VideoWriter(path, 5) as writer:
        writer.add(plain(COLORS[0]))
        raise KeyboardInterrupt
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['film.mp4']


def test_full_disk_at_the_end_is_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'replace', full)
    writer = VideoWriter(tmp_path / 'film.mp4', 5)
    with pytest.raises(UserError, match='no disk space'), writer:
        writer.add(plain(COLORS[0]))
    assert os.listdir(tmp_path) == []


def test_writing_that_breaks_off_is_one_line(tmp_path):
    """A process that may write 20 kB meets the limit inside the encoder."""
    code = f"""
        import resource, sys
        import numpy as np
        from mmselfshot.utils import UserError
        from mmselfshot.utils.video_writer import VideoWriter
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        noise = np.random.default_rng(0)
        try:
            with VideoWriter({str(tmp_path / 'film.mp4')!r}, 10) as writer:
                for _ in range(40):
                    writer.add(noise.integers(0, 255, (96, 96, 3), np.uint8))
        except UserError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert 'no disk space left' in done.stdout, done.stderr
    assert os.listdir(tmp_path) == []
