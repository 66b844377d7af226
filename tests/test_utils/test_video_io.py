"""Reading videos: every frame once, upright, in order, or one clear line."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import (
    FrameFolder,
    VideoError,
    VideoFile,
    find_videos,
    natural_key,
)

H, W = 48, 64
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 220, 30), (30, 30, 220), 255


def quarters() -> np.ndarray:
    """Red and green above, blue and white below."""
    image = np.empty((H, W, 3), dtype=np.uint8)
    image[: H // 2, : W // 2], image[: H // 2, W // 2 :] = RED, GREEN
    image[H // 2 :, : W // 2], image[H // 2 :, W // 2 :] = BLUE, WHITE
    return image


def encode(path, images, ticks=None, codec='libx264', prepare=None, **options):
    """Write a video with PyAV alone; `ticks` are times in 1/1000 s."""
    import av

    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = 'yuv420p'
        stream.options = options
        if prepare:
            prepare(stream)
        if ticks:
            stream.time_base = Fraction(1, 1000)
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            if ticks:
                frame.pts = ticks[index]
                frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def grey(level: int) -> np.ndarray:
    return np.full((H, W, 3), level, dtype=np.uint8)


def levels(source) -> list[int]:
    return [round(float(frame.image.mean())) for frame in source.frames()]


LEVELS = [20, 200, 60, 160, 100, 240, 140, 80]


@pytest.mark.parametrize(
    'name, codec',
    [
        ('a.mp4', 'libx264'),
        ('a.mov', 'libx264'),
        ('a.mkv', 'libx264'),
        ('a.avi', 'mpeg4'),
        ('a.webm', 'libvpx'),
    ],
)
def test_every_frame_comes_once_in_order(tmp_path, name, codec):
    path = encode(tmp_path / name, [grey(v) for v in LEVELS], codec=codec)
    source = VideoFile(path)
    found = levels(source)
    assert len(found) == len(LEVELS)
    assert np.abs(np.array(found) - LEVELS).max() <= 4
    assert source.fps == pytest.approx(10, abs=0.5)
    assert source.length_hint in range(7, 10)
    names = [frame.name for frame in source.frames()]
    assert names == [f'{i:05d}' for i in range(len(LEVELS))]


def test_variable_rate_keeps_times_and_every_frame(tmp_path):
    ticks = [0, 40, 50, 500, 520, 1500, 1501, 2000]
    path = encode(
        tmp_path / 'vfr.mp4', [grey(v) for v in LEVELS], ticks, bf='2'
    )
    frames = list(VideoFile(path).frames())
    assert [round(frame.time * 1000) for frame in frames] == ticks
    found = [float(frame.image.mean()) for frame in frames]
    assert np.abs(np.array(found) - LEVELS).max() <= 4


@pytest.mark.parametrize('degrees', [0, 90, 180, 270])
@pytest.mark.parametrize('mirror', [False, True])
def test_rotation_and_mirroring_are_applied(tmp_path, degrees, mirror):
    """PyAV: turned counter-clockwise; the matrix then mirrors in x."""
    path = encode(
        tmp_path / 'turned.mp4',
        [quarters()] * 3,
        prepare=lambda stream: stream.set_display_rotation(
            degrees, hflip=mirror
        ),
        crf='4',
    )
    # by an independent reading of the matrix: pixel by pixel
    matrix = _matrix_of(path)
    expected = _place_pixels(quarters(), matrix)
    frames = list(VideoFile(path).frames())
    assert len(frames) == 3
    for frame in frames:
        assert frame.image.shape == expected.shape
        gap = np.abs(frame.image.astype(int) - expected).mean()
        assert gap < 6
    if not mirror:
        turned = np.rot90(quarters(), degrees // 90)
        assert (turned == expected).all()


def _matrix_of(path) -> list[int]:
    import av
    from av.sidedata.sidedata import Type

    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        data = frame.side_data.get(Type.DISPLAYMATRIX)
        if data is None:
            return [1, 0, 0, 1]
        raw = np.frombuffer(bytes(data), np.int32)
        return [round(raw[i] / 65536) for i in (0, 1, 3, 4)]


def _place_pixels(image: np.ndarray, matrix: list[int]) -> np.ndarray:
    """Move each pixel (x, y) to (a x + c y, b x + d y), then to the origin."""
    a, b, c, d = matrix
    places = {
        (a * x + c * y, b * x + d * y): image[y, x]
        for y in range(image.shape[0])
        for x in range(image.shape[1])
    }
    left = min(x for x, _ in places)
    top = min(y for _, y in places)
    right = max(x for x, _ in places)
    bottom = max(y for _, y in places)
    moved = np.zeros((bottom - top + 1, right - left + 1, 3), np.uint8)
    for (x, y), pixel in places.items():
        moved[y - top, x - left] = pixel
    return moved


def test_patched_header_of_a_phone_video_is_turned(tmp_path):
    """The `tkhd` matrix of a 90 degrees clockwise phone video, by bytes."""
    path = encode(tmp_path / 'plain.mp4', [quarters()] * 2, crf='4')
    data = bytearray(path.read_bytes())
    one = (65536).to_bytes(4, 'big')
    zero, minus = bytes(4), (-65536).to_bytes(4, 'big', signed=True)
    unit = (1 << 30).to_bytes(4, 'big')
    plain = one + zero * 3 + one + zero * 3 + unit
    start = data.index(plain, data.index(b'tkhd'))
    data[start : start + 36] = (
        zero + one + zero + minus + zero * 2 + H.to_bytes(2, 'big')
        + bytes(2) + zero + unit
    )  # fmt: skip
    path.write_bytes(data)
    image = next(VideoFile(path).frames()).image
    assert image.shape == (W, H, 3)
    expected = np.rot90(quarters(), -1)
    assert np.abs(image.astype(int) - expected).mean() < 6


def write_frames(folder, names, size=(4, 6)):
    folder.mkdir(parents=True)
    for level, name in enumerate(names):
        Image.new('RGB', size[::-1], (level * 20,) * 3).save(folder / name)
    return folder


def test_folder_is_read_in_natural_order(tmp_path):
    folder = write_frames(
        tmp_path / 'clip', ['f10.png', 'f9.png', 'f1.jpg', '.f0.png']
    )
    (folder / 'notes.txt').write_text('not a frame')
    source = FrameFolder(folder, fps=4)
    frames = list(source.frames())
    assert [frame.name for frame in frames] == ['f1', 'f9', 'f10']
    assert [frame.image[0, 0, 0] for frame in frames] == [40, 20, 0]
    assert [frame.time for frame in frames] == [0, 0.25, 0.5]
    assert source.length_hint == 3
    assert source.name == 'clip'


def test_natural_key_sorts_numbers_by_value():
    names = ['a10', 'a2', 'B1', 'a02', '7', '10']
    assert sorted(names, key=natural_key) == [
        '7', '10', 'a02', 'a2', 'a10', 'B1',
    ]  # fmt: skip


def test_grey_and_exif_turned_frames_become_upright_rgb(tmp_path):
    folder = tmp_path / 'clip'
    folder.mkdir()
    pixels = np.array([[0, 250], [0, 250], [0, 250]], dtype=np.uint8)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees to see it upright
    image.save(folder / '0.png', exif=exif)
    frame = next(FrameFolder(folder).frames())
    expected = np.rot90(pixels, -1)
    assert (frame.image == expected[..., None]).all()


@pytest.mark.parametrize('name', ['still.png', 'still.JPG'])
def test_still_image_is_a_video_of_one_upright_frame(tmp_path, name):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.fromarray(np.full((2, 3, 3), 90, np.uint8))
    kind = 'PNG' if name.endswith('png') else 'JPEG'
    picture.save(tmp_path / name, kind, exif=exif)
    (source,) = find_videos(tmp_path / name)
    assert (source.name, source.length_hint) == ('still', 1)
    (frame,) = source.frames()
    assert frame.image.shape == (3, 2, 3) and frame.time == 0
    (tmp_path / name).write_bytes(b'no image')
    with pytest.raises(VideoError, match='cannot be read as an image'):
        consume(source)


def consume(source):
    for _ in source.frames():
        pass


def test_bad_video_files_are_one_line(tmp_path):
    text = tmp_path / 'text.mp4'
    text.write_text('a text that somebody named .mp4\n' * 50)
    empty = tmp_path / 'empty.mp4'
    empty.touch()
    cut = encode(tmp_path / 'cut.mp4', [grey(v) for v in LEVELS])
    cut.write_bytes(cut.read_bytes()[:-200])
    for path in (text, empty, cut):
        with pytest.raises(VideoError, match='cannot be read as a video'):
            consume(VideoFile(path))
    with pytest.raises(VideoError, match='no video'):
        consume(VideoFile(tmp_path / 'missing.mp4'))


def test_video_without_a_frame_is_refused(tmp_path):
    import av

    path = tmp_path / 'sound.mp4'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('aac', rate=8000)
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format='fltp', layout='mono'
        )
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    with pytest.raises(VideoError, match='no video stream'):
        consume(VideoFile(path))


def test_bad_folders_are_one_line(tmp_path):
    bare = tmp_path / 'bare'
    bare.mkdir()
    with pytest.raises(VideoError, match=r'no frame in .*bare'):
        consume(FrameFolder(bare))

    cut = write_frames(tmp_path / 'cut', ['0.jpg', '1.jpg'], (64, 64))
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(cut / '1.jpg')
    whole = (cut / '1.jpg').read_bytes()
    (cut / '1.jpg').write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VideoError, match=r'1\.jpg cannot be read'):
        consume(FrameFolder(cut))

    mixed = write_frames(tmp_path / 'mixed', ['0.png'])
    Image.new('RGB', (8, 8)).save(mixed / '1.png')
    with pytest.raises(VideoError, match=r'1\.png is 8x8.* 6x4'):
        consume(FrameFolder(mixed))

    twice = write_frames(tmp_path / 'twice', ['0.png', '0.jpg'])
    with pytest.raises(VideoError, match='two frames named'):
        consume(FrameFolder(twice))


def test_pool_lists_videos_and_folders_with_names_of_their_own(tmp_path):
    write_frames(tmp_path / 'clip2', ['0.png'])
    write_frames(tmp_path / 'clip10', ['0.png'])
    for name in ('b.mp4', 'b.mov', 'c.avi', 'readme.txt', '.hidden.mp4'):
        (tmp_path / name).touch()
    sources = find_videos(tmp_path, fps=3)
    assert [source.name for source in sources] == [
        'b.mov', 'b.mp4', 'c', 'clip2', 'clip10',
    ]  # fmt: skip
    assert isinstance(sources[-1], FrameFolder)
    assert sources[-1].fps == 3


def test_single_inputs_are_recognised(tmp_path):
    folder = write_frames(tmp_path / 'clip', ['0.png'])
    assert isinstance(find_videos(folder)[0], FrameFolder)
    film = tmp_path / 'film.MP4'
    film.touch()
    assert isinstance(find_videos(film)[0], VideoFile)


def test_wrong_inputs_are_one_line(tmp_path):
    with pytest.raises(UserError, match='no file or folder'):
        find_videos(tmp_path / 'nowhere')
    bare = tmp_path / 'bare'
    bare.mkdir()
    with pytest.raises(UserError, match='nothing to read'):
        find_videos(bare)
    both = write_frames(tmp_path / 'both', ['0.png'])
    (both / 'film.mp4').touch()
    with pytest.raises(UserError, match='both frames and videos'):
        find_videos(both)


@pytest.mark.parametrize('fps', [0, -3, float('nan')])
def test_a_rate_that_is_none_is_refused(tmp_path, fps):
    with pytest.raises(UserError, match=r'--fps .*; expected frames per s'):
        find_videos(tmp_path, fps)
