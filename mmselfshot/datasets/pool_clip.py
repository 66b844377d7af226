"""A clip of a pool, and frames sampled from it.

Shapes: S segments, T frames of a segment.
Ours: frames stand in the middle of S x T equal parts of a clip; the paper
says "uniformly sampled". A clip of fewer frames repeats its last one, as the
paper does with videos that are too short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmselfshot.utils.video_io import (
    FrameFolder,
    VideoError,
    is_image,
    read_image,
)
from mmselfshot.utils.video_picker import open_picker

_ROUNDING = 1e-6  # seconds


@dataclass(frozen=True)
class PoolClip:
    """A part of a video that may be found.

    Args:
        name: Unique in the pool, the same in every run.
        path: A video file, a folder of frames or a still image; reading it
            may fail.
        source: Name of the video that it was cut from.
        start: Seconds from the start of the video; None: from there.
        end: Seconds, the first that is not in the clip; None: to the end.
    """

    name: str
    path: Path
    source: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class SampledClip:
    """What was read of a clip.

    Args:
        frames: (S, T, H, W, 3) uint8 RGB.
        start: Seconds from the start of the video.
        end: Seconds; where the clip goes to the end, that of the video.
    """

    frames: np.ndarray
    start: float
    end: float


def sample_frames(
    clip: PoolClip, num_segments: int, num_frames: int
) -> np.ndarray:
    """Take frames uniformly from equal segments of a clip.

    Args:
        clip: Of which only the needed frames stay in memory.
        num_segments: S, at least 1.
        num_frames: T, at least 1.

    Returns:
        (S, T, H, W, 3) uint8 RGB. A clip of fewer than S x T frames goes on
        with its last one.

    Raises:
        VideoError: If the clip cannot be read or holds no frame.
    """
    return read_clip(clip, num_segments, num_frames).frames


def read_clip(
    clip: PoolClip, num_segments: int, num_frames: int
) -> SampledClip:
    """Like `sample_frames`, and tell where the clip starts and ends."""
    assert num_segments >= 1 and num_frames >= 1, (num_segments, num_frames)
    reader = ClipReader(clip)
    inside = reader.numbers
    missing = num_segments * num_frames - len(inside)
    inside = inside + [inside[-1]] * missing
    frames = reader.pick(spread_evenly(inside, num_segments * num_frames))
    start = 0.0 if clip.start is None else clip.start
    end = clip.end
    if end is None:
        end = reader.times[-1] + 1 / reader.fps
    return SampledClip(
        frames.reshape(num_segments, num_frames, *frames.shape[1:]),
        start,
        round(end, 6),
    )


class ClipReader:
    """Any frames of a clip by their numbers in its video.

    Attributes:
        times: Seconds of each frame of the video, rising.
        numbers: Of the frames that are in the clip, rising, at least one.
        fps: Average frames per second.

    Args:
        clip: A part of a video file or of a folder of frames.

    Raises:
        VideoError: If the clip cannot be read or holds no frame.
    """

    def __init__(self, clip: PoolClip) -> None:
        self.path = clip.path
        self._files: list[Path] | None = None
        if clip.path.is_dir() or is_image(clip.path):
            folder = FrameFolder(clip.path)
            self._files, self.fps = folder.files, folder.fps
            self.times = [i / folder.fps for i in range(len(folder.files))]
        else:
            self._video = open_picker(clip.path)
            self.times, self.fps = self._video.times, self._video.fps
        self.numbers = _inside(clip, self.times)

    def pick(self, numbers: Sequence[int]) -> np.ndarray:
        """Read frames, each one once.

        Args:
            numbers: N of them, in any order, also repeated.

        Returns:
            (N, H, W, 3) uint8 RGB.

        Raises:
            VideoError: If one cannot be read or they differ in size.
        """
        needed = sorted(set(numbers))
        if self._files is not None:
            images = [read_image(self._files[number]) for number in needed]
        else:
            images = self._video.pick(needed)
        sizes = dict.fromkeys(image.shape[1::-1] for image in images)
        if len(sizes) > 1:
            raise VideoError(
                f'{self.path} has frames of {len(sizes)} sizes, '
                f'{" and ".join(f"{w}x{h}" for w, h in list(sizes)[:2])}; '
                'expected one size per video'
            )
        of_number = dict(zip(needed, images))
        return np.stack([of_number[number] for number in numbers])


def spread_evenly(items: Sequence[int], number: int) -> list[int]:
    """Take items from the middle of `number` equal parts of a sequence."""
    length = len(items)
    return [items[(2 * i + 1) * length // (2 * number)] for i in range(number)]


def _inside(clip: PoolClip, times: Sequence[float]) -> list[int]:
    """Numbers of the frames that are shown between start and end."""
    if not times:
        raise VideoError(
            f'no frame in {clip.path}; expected .jpg or .png files'
        )
    start = -np.inf if clip.start is None else clip.start - _ROUNDING
    end = np.inf if clip.end is None else clip.end - _ROUNDING
    inside = [i for i, time in enumerate(times) if start <= time < end]
    if not inside:
        raise VideoError(
            f'clip {clip.name} holds no frame: its {len(times)} frames are '
            f'at 0 to {times[-1]:.3f} s; correct its start and end'
        )
    return inside
