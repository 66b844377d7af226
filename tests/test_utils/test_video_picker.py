"""Chosen frames are those of a reading from the start, at less cost."""

import numpy as np
import pytest
from tiny_pool import grey, levels, noise, write_film

from mmselfshot.utils.video_io import VideoError, VideoFile
from mmselfshot.utils.video_picker import VideoPicker, open_picker

LEVELS = [10 * i for i in range(1, 25)]
CODECS = [
    ('a.mp4', dict(codec='libx264', g='8')),
    ('a.mp4', dict(codec='libx264', g='250')),
    ('a.mkv', dict(codec='libx264', g='5', bf='3')),
    ('a.webm', dict(codec='libvpx', g='6')),
    ('a.avi', dict(codec='mpeg4')),
    ('a.ts', dict(codec='libx264', g='6')),
    ('a.mpg', dict(codec='mpeg1video', rate=25, g='6')),
]


@pytest.mark.parametrize('name, options', CODECS)
def test_chosen_frames_are_those_of_a_full_reading(tmp_path, name, options):
    path = write_film(tmp_path / name, [grey(v) for v in LEVELS], **options)
    every = list(VideoFile(path).frames())
    picker = VideoPicker(path)
    assert len(picker.times) == len(every) == len(LEVELS)
    times = [frame.time for frame in every]
    assert np.allclose(picker.times, times, atol=0.02)
    for numbers in ([0], [23], [7, 8, 9], [0, 5, 23], [2, 11, 12, 20]):
        images = picker.pick(numbers)
        for number, image in zip(numbers, images, strict=True):
            assert np.array_equal(image, every[number].image), number


def test_only_what_leads_to_a_frame_is_decoded(tmp_path, monkeypatch):
    """Key frames every 8: one of 24 frames takes at most 8 and the first."""
    from mmselfshot.utils import video_picker

    path = write_film(tmp_path / 'a.mp4', [grey(v) for v in LEVELS], g='8')
    seen = []
    real = video_picker.open_container

    def watched(path):
        container = real(path)

        class Container:
            def __getattr__(self, name):
                return getattr(container, name)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                container.close()

            def decode(self, stream):
                for frame in container.decode(stream):
                    seen.append(frame.pts)
                    yield frame

        return Container()

    monkeypatch.setattr(video_picker, 'open_container', watched)
    (image,) = VideoPicker(path).pick([18])
    assert levels(image) == [LEVELS[18]]
    assert len(seen) <= 9


def test_packets_are_read_once_while_the_file_stays(tmp_path):
    path = write_film(tmp_path / 'a.mp4', noise(0, 4))
    one = open_picker(path)
    assert open_picker(str(path)) is one
    write_film(path, noise(0, 6))
    assert len(open_picker(path).times) == 6
    path.unlink()
    with pytest.raises(VideoError, match='no video'):
        open_picker(path)


def test_frames_after_a_jump_are_upright(tmp_path):
    images = noise(0, 20)
    path = write_film(tmp_path / 'a.mp4', images, turn=90, g='5')
    every = [frame.image for frame in VideoFile(path).frames()]
    first, last = VideoPicker(path).pick([0, 19])
    assert last.shape == (48, 32, 3)
    assert np.array_equal(first, every[0])
    assert np.array_equal(last, every[19])


@pytest.mark.parametrize('content', [b'', b'no film at all', None])
def test_no_film_is_one_line(tmp_path, content):
    path = tmp_path / 'a.mp4'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=r'a\.mp4') as caught:
        VideoPicker(path).pick([0])
    assert '\n' not in str(caught.value)


def test_cut_off_film_gives_what_it_holds_or_one_line(tmp_path):
    """A matroska file cut in its middle still has its first frames."""
    path = write_film(tmp_path / 'a.mkv', noise(0, 24), g='4')
    whole = VideoPicker(path).pick([0])[0]
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    picker = VideoPicker(path)
    assert 4 < len(picker.times) < 20
    assert np.array_equal(picker.pick([0])[0], whole)
