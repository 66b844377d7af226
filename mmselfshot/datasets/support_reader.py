"""Frames of supports by the names that files of pairs give them.

A support is a clip of a pool or a video of the label file; only the frames
that are used are decoded, and each of them once.
"""

import random
from collections.abc import Mapping, Sequence

import numpy as np

from mmselfshot.datasets.episode_frames import support_numbers
from mmselfshot.datasets.pool_clip import ClipReader, PoolClip
from mmselfshot.datasets.transforms.loading import read_frame
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoError

_MAX_OPEN = 512  # listings of folders and packet times that are kept


class SupportReader:
    """Reads supports.

    Args:
        videos: Paths of the frames of each video of the label file, by name.
        clips: Of the pool; of the same name as a video, the clip counts.
    """

    def __init__(
        self,
        videos: Mapping[str, Sequence[str]],
        clips: Sequence[PoolClip] = (),
    ) -> None:
        self.videos = dict(videos)
        self.clips = {clip.name: clip for clip in clips}
        self._open: dict[str, ClipReader] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.clips or name in self.videos

    def read(
        self,
        name: str,
        num_frames: int,
        generator: random.Random | None = None,
    ) -> np.ndarray:
        """Read S frames of a support.

        Args:
            name: Of a clip or video.
            num_frames: S; 1 is the middle frame.
            generator: See `support_numbers`.

        Returns:
            (S, H, W, 3) uint8 RGB.

        Raises:
            UserError: If the support is not known or cannot be read.
        """
        try:
            if name in self.clips:
                clip = self._reader_of(name)
                return clip.pick(
                    support_numbers(clip.numbers, num_frames, generator)
                )
            if name in self.videos:
                paths = self.videos[name]
                numbers = range(len(paths))
                return read_frames(
                    paths, support_numbers(numbers, num_frames, generator)
                )
        except UserError as error:
            raise VideoError(f'support {name}: {error}') from None
        raise UserError(
            f'no support {name!r} in the pool or the label file; give the '
            'pool that the file of pairs was made for'
        )

    def _reader_of(self, name: str) -> ClipReader:
        if name not in self._open:
            if len(self._open) >= _MAX_OPEN:
                self._open.clear()
            self._open[name] = ClipReader(self.clips[name])
        return self._open[name]


def read_frames(paths: Sequence[str], numbers: Sequence[int]) -> np.ndarray:
    """Read frames, each one once.

    Args:
        paths: Of all frames of a video.
        numbers: N of them, at least one, also repeated.

    Returns:
        (N, H, W, 3) uint8 RGB; in memory colours stand before rows, as
        networks take them, so that nobody has to hold the frames twice.

    Raises:
        UserError: If one cannot be read or they differ in size.
    """
    first = read_frame(paths[numbers[0]])
    height, width = first.shape[:2]
    memory = np.empty((len(numbers), 3, height, width), np.uint8)
    clip = memory.transpose(0, 2, 3, 1)
    clip[0] = first
    places = {numbers[0]: 0}
    for place, number in enumerate(numbers):
        if number in places:
            clip[place] = clip[places[number]]
            continue
        frame = read_frame(paths[number])
        if frame.shape != first.shape:
            raise UserError(
                f'frame {paths[number]} is '
                f'{frame.shape[1]}x{frame.shape[0]}, another one '
                f'{width}x{height}; expected one size per video'
            )
        clip[place], places[number] = frame, place
    return clip
