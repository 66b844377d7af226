"""Videos as streams of frames, whether files or folders of pictures.

`find_videos` turns a user's path into sources; `source.frames()` gives one
frame after another, so memory does not grow with the length. Rotation and
mirroring written by cameras are applied. Non-square pixels are not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmselfshot.utils.errors import UserError

VIDEO_SUFFIXES = frozenset(
    ['.mp4', '.m4v', '.mov', '.avi', '.mkv', '.webm', '.mpg', '.mpeg']
    + ['.wmv', '.flv', '.ts', '.ogv', '.3gp']
)
IMAGE_SUFFIXES = frozenset(['.jpg', '.jpeg', '.png'])
FOLDER_FPS = 6.0  # YouTube-VIS labels every fifth frame of 30 per second
UNKNOWN_FPS = 25.0


class VideoError(UserError):
    """A video that cannot be read; other videos of a folder still can."""


class Frame(NamedTuple):
    """One decoded frame.

    Attributes:
        image: (H, W, 3) uint8, RGB.
        time: Seconds since the first frame.
        name: File stem in a folder, five-digit index in a video file.
    """

    image: np.ndarray
    time: float
    name: str


def natural_key(path: str | Path) -> list:
    """Sort key that puts `frame2` before `frame10`."""
    parts = re.split(r'(\d+)', str(path))
    return [int(p) if p.isdigit() else p.lower() for p in parts] + parts


@dataclass
class FrameFolder:
    """A folder of jpg or png frames of one size, in natural order.

    A path of one jpg or png is a video of one frame.
    """

    path: Path
    fps: float = FOLDER_FPS
    name: str = ''
    files: list[Path] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.path = Path(self.path)
        if is_image(self.path):
            self.name = self.name or self.path.stem
            self.files = [self.path]
            return
        self.name = self.name or self.path.resolve().name
        self.files = sorted(
            (p for p in self.path.iterdir() if is_image(p)),
            key=lambda p: natural_key(p.name),
        )

    @property
    def length_hint(self) -> int | None:
        return len(self.files)

    def frames(self) -> Iterator[Frame]:
        """Read the frames one by one.

        Raises:
            VideoError: If there is no frame, one cannot be read, two have
                the same stem, or the sizes differ.
        """
        if not self.files:
            raise VideoError(
                f'no frame in {self.path}; expected .jpg or .png files'
            )
        stems: set[str] = set()
        size = None
        for index, file in enumerate(self.files):
            if file.stem in stems:
                raise VideoError(
                    f'{self.path} has two frames named {file.stem!r}; keep '
                    'one of the two'
                )
            stems.add(file.stem)
            image = read_image(file)
            size = size or image.shape
            if image.shape != size:
                raise VideoError(
                    f'{file} is {_side_by_side(image.shape)}, the frames '
                    f'before are {_side_by_side(size)}; expected one size '
                    'per video'
                )
            yield Frame(image, index / self.fps, file.stem)


@dataclass
class VideoFile:
    """A video file in any format that FFmpeg reads, through PyAV.

    `fps` is the average rate and comes from the header, as do the number of
    frames, `header_length`, or `length_hint`, a guess by the duration where
    there is none; all are known after `probe`. Every decoded frame comes
    once, in order of presentation, with its own time, so a variable rate
    needs no care.
    """

    path: Path
    name: str = ''
    fps: float | None = None
    length_hint: int | None = None
    header_length: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.path = Path(self.path)
        self.name = self.name or self.path.stem

    def probe(self) -> 'VideoFile':
        """Read rate and length from the header; raises like `frames`."""
        with open_container(self.path) as container:
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate
            self.fps = float(rate) if rate else UNKNOWN_FPS
            self.length_hint = self.header_length = stream.frames or None
            if not self.length_hint and container.duration:
                seconds = container.duration / 1e6
                self.length_hint = max(1, round(seconds * self.fps))
        return self

    def frames(self) -> Iterator[Frame]:
        """Decode the frames one by one.

        Raises:
            VideoError: If the file is missing, is no video, holds no frame,
                breaks off in the middle of the data, or changes its size.
        """
        import av

        self.probe()
        start = previous = None
        count = 0
        turn = size = None
        with open_container(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = 'AUTO'
            try:
                for decoded in container.decode(stream):
                    turn = display_matrix(decoded) or turn
                    image = upright(decoded.to_ndarray(format='rgb24'), turn)
                    size = size or image.shape
                    if image.shape != size:
                        raise VideoError(
                            f'{self.path} changes from {_side_by_side(size)} '
                            f'to {_side_by_side(image.shape)} at frame '
                            f'{count}; cut it there'
                        )
                    time = decoded.time
                    if time is None:  # raw streams carry no times
                        time = 0.0 if count == 0 else previous + 1 / self.fps
                    start = time if start is None else start
                    previous = time
                    yield Frame(image, time - start, f'{count:05d}')
                    count += 1
            except (av.error.FFmpegError, OSError) as error:
                raise VideoError(
                    f'{self.path} cannot be decoded after {count} frames '
                    f'({reason_of(error)}); copy or convert it again'
                ) from None
        if count == 0:
            raise VideoError(
                f'{self.path} holds no video frame; copy or convert it again'
            )


Source = FrameFolder | VideoFile


def read_image(path: str | Path) -> np.ndarray:
    """Read a jpg or png as (H, W, 3) uint8 RGB, its EXIF rotation applied.

    Raises:
        VideoError: If it is missing, cut off, or no image.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert('RGB'))
    except FileNotFoundError:
        raise VideoError(f'no frame {path}; check the path') from None
    except (OSError, SyntaxError, ValueError) as error:
        raise VideoError(
            f'{path} cannot be read as an image ({reason_of(error)}); copy or '
            'make it again'
        ) from None


def find_videos(path: str | Path, fps: float | None = None) -> list[Source]:
    """List the videos that a path of the user means.

    Args:
        path: A video file, a still image, a folder of frames, or a folder
            whose members are video files and folders of frames.
        fps: Rate of the folders of frames, in frames per second.

    Returns:
        Sources with names of their own, in natural order. Reading may still
        fail for each of them.

    Raises:
        UserError: If there is no such path, or a folder with nothing to
            read, or one that mixes frames and videos, or the rate is not
            above 0.
    """
    path = Path(path)
    fps = FOLDER_FPS if fps is None else fps
    if not fps > 0:
        raise UserError(f'--fps {fps:g}; expected frames per second above 0')
    if not path.exists():
        raise UserError(
            f'no file or folder {path}; expected a video file, a still image, '
            'a folder of frames or a folder of videos'
        )
    if is_image(path):
        return [FrameFolder(path, fps)]
    if path.is_file():
        return [VideoFile(path)]
    members = sorted(
        (p for p in path.iterdir() if not p.name.startswith('.')),
        key=lambda p: natural_key(p.name),
    )
    videos = [
        p
        for p in members
        if p.is_dir() or (p.is_file() and p.suffix.lower() in VIDEO_SUFFIXES)
    ]
    if any(is_image(p) for p in members):
        if videos:
            raise UserError(
                f'{path} holds both frames and videos ({videos[0].name}); '
                'expected only frames, or only videos and folders of frames'
            )
        return [FrameFolder(path, fps)]
    if not videos:
        raise UserError(
            f'nothing to read in {path}; expected video files '
            '(mp4, avi, mov, mkv, webm), frames (jpg, png) or folders of '
            'frames'
        )
    return _named(videos, fps)


def _named(paths: list[Path], fps: float) -> list[Source]:
    """Make sources; where two stems agree, the whole file name is used."""
    stems = [p.name if p.is_dir() else p.stem for p in paths]
    sources: list[Source] = []
    for path, stem in zip(paths, stems):
        name = stem if stems.count(stem) == 1 else path.name
        if path.is_dir():
            sources.append(FrameFolder(path, fps, name))
        else:
            sources.append(VideoFile(path, name))
    return sources


def open_container(path: Path) -> Any:
    """Open a container that has a video stream; VideoError otherwise."""
    import av

    try:
        container = av.open(str(path), metadata_errors='replace')
    except FileNotFoundError:
        raise VideoError(f'no video {path}; check the path') from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise VideoError(
            f'{path} cannot be read as a video ({reason_of(error)}); expected '
            'mp4, avi, mov, mkv or webm'
        ) from None
    if not container.streams.video:
        container.close()
        raise VideoError(f'{path} holds no video stream')
    return container


def display_matrix(frame: Any) -> tuple[int, ...] | None:
    """(a, b, c, d) of the camera's display matrix, None without one."""
    from av.sidedata.sidedata import Type

    data = frame.side_data.get(Type.DISPLAYMATRIX)
    if data is None:
        return None
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
    return a, b, c, d


def upright(image: np.ndarray, matrix: tuple[int, ...] | None) -> np.ndarray:
    """Apply the quarter turns and mirrorings of a display matrix.

    A pixel (x, y) is shown at (a x + c y, b x + d y). Other angles than
    quarter turns are rounded to the nearest one.
    """
    if matrix is None:
        return image
    a, b, c, d = matrix
    if abs(b) > abs(a):
        image = image.transpose(1, 0, 2)
        a, d = c, b
    if a < 0:
        image = image[:, ::-1]
    if d < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)


def is_image(path: Path) -> bool:
    """Whether a path is a jpg or png, by its name."""
    return (
        path.suffix.lower() in IMAGE_SUFFIXES
        and not path.name.startswith('.')
        and path.is_file()
    )


def _side_by_side(shape: tuple[int, ...]) -> str:
    return f'{shape[1]}x{shape[0]}'


def reason_of(error: Exception) -> str:
    """The words of an error without the path and the number."""
    text = getattr(error, 'strerror', None) or str(error)
    return text.strip().splitlines()[0] if text.strip() else 'unknown error'
