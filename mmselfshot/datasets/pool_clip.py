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

from mmselfshot.utils.video_io import FrameFolder, VideoError, read_image
from mmselfshot.utils.video_picker import VideoPicker

_ROUNDING = 1e-6  # seconds


@dataclass(frozen=True)
class PoolClip:
    """A part of a video that may be found.

    Args:
        name: Unique in the pool, the same in every run.
        path: A video file or a folder of frames; reading it may fail.
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
    if clip.path.is_dir():
        folder = FrameFolder(clip.path)
        times = [i / folder.fps for i in range(len(folder.files))]
        step = 1 / folder.fps
    else:
        video = VideoPicker(clip.path)
        times, step = video.times, 1 / video.fps
    inside = _inside(clip, times)
    missing = num_segments * num_frames - len(inside)
    inside += [inside[-1]] * missing
    numbers = spread_evenly(inside, num_segments * num_frames)
    needed = sorted(set(numbers))
    if clip.path.is_dir():
        images = [read_image(folder.files[number]) for number in needed]
    else:
        images = video.pick(needed)
    sizes = {
        image.shape[1::-1]: number for image, number in zip(images, needed)
    }
    if len(sizes) > 1:
        raise VideoError(
            f'{clip.path} has frames of {len(sizes)} sizes, '
            f'{" and ".join(f"{w}x{h}" for w, h in list(sizes)[:2])}; '
            'expected one size per video'
        )
    of_number = dict(zip(needed, images))
    frames = np.stack([of_number[number] for number in numbers])
    start = 0.0 if clip.start is None else clip.start
    end = times[-1] + step if clip.end is None else clip.end
    return SampledClip(
        frames.reshape(num_segments, num_frames, *frames.shape[1:]),
        start,
        round(end, 6),
    )


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
