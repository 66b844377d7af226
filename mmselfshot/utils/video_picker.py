"""Frames of a video file by their numbers, without decoding all others.

The packets tell when each frame is shown and where decoding can begin, so a
few frames of an hour cost a few seconds and the memory of these frames.
"""

import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.utils.video_io import (
    VideoError,
    VideoFile,
    display_matrix,
    open_container,
    reason_of,
    upright,
)


class _SeekError(Exception):
    """Decoding did not begin where the packets say that it can."""


class VideoPicker:
    """Reads chosen frames of a video file; upright, as `VideoFile` does.

    Attributes:
        times: Seconds since the first frame, rising, one for each frame.
        fps: Average frames per second.

    Args:
        path: In any format that FFmpeg reads.

    Raises:
        VideoError: If the file is missing, is no video or holds no frame.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.fps = VideoFile(self.path).probe().fps
        self._read_packets()

    def pick(self, numbers: Sequence[int]) -> list[np.ndarray]:
        """Read frames.

        Args:
            numbers: Rising, each below `len(times)`.

        Returns:
            (H, W, 3) uint8 RGB for each number. Where the file holds fewer
            frames than its packets promise, the last one comes again.

        Raises:
            VideoError: If a frame on the way cannot be decoded.
        """
        import av

        images: list[np.ndarray] = []
        last = None
        with open_container(self.path) as container:
            stream = container.streams.video[0]
            # workers decode side by side, and threads do not live on in them
            stream.codec_context.thread_count = 1
            try:
                for frame in self._walk(container, stream, numbers):
                    if frame is not last:
                        image = _image_of(frame)
                    images.append(image)
                    last = frame
            except _SeekError:
                self._keys = []  # from now on from the beginning
                return self.pick(numbers)
            except (av.error.FFmpegError, OSError) as error:
                raise VideoError(
                    f'{self.path} cannot be decoded near frame '
                    f'{numbers[len(images)]} ({reason_of(error)}); copy or '
                    'convert it again'
                ) from None
        return images

    def _read_packets(self) -> None:
        import av

        shown: list[int | None] = []
        keys: list[int] = []
        with open_container(self.path) as container:
            stream = container.streams.video[0]
            try:
                for packet in container.demux(stream):
                    if not packet.size or packet.is_discard:
                        continue
                    shown.append(packet.pts)
                    if packet.is_keyframe and packet.pts is not None:
                        keys.append(packet.pts)
            except (av.error.FFmpegError, OSError) as error:
                raise VideoError(
                    f'{self.path} cannot be read after {len(shown)} frames '
                    f'({reason_of(error)}); copy or convert it again'
                ) from None
            base = stream.time_base
        if not shown:
            raise VideoError(
                f'{self.path} holds no video frame; copy or convert it again'
            )
        self._keys = sorted(keys)
        self._shown: list[int] | None = None
        if base is None or None in shown:  # avi and raw streams
            self.times = [i / self.fps for i in range(len(shown))]
        else:
            self._shown = sorted(shown)
            first = self._shown[0]
            self.times = [float((one - first) * base) for one in self._shown]

    def _walk(
        self, container: Any, stream: Any, numbers: Sequence[int]
    ) -> Iterator[Any]:
        """The decoded frame of each number; maybe the same one again."""
        frames = enumerate(container.decode(stream))
        place, frame = next(frames, (0, None))
        if frame is None:
            raise VideoError(
                f'{self.path} holds no video frame; copy or convert it again'
            )
        for number in numbers:
            key = self._key_before(number)
            if key is not None and frame.pts is not None and frame.pts < key:
                container.seek(key, stream=stream)
                frames = enumerate(container.decode(stream))
                place, frame = next(frames, (0, None))
                if frame is None or frame.pts is None or frame.pts > key:
                    raise _SeekError
            while not self._is_reached(number, place, frame):
                found = next(frames, None)
                if found is None:
                    break
                place, frame = found
            yield frame

    def _key_before(self, number: int) -> int | None:
        """When the last frame is shown from which `number` is decoded."""
        if self._shown is None:
            return None
        place = bisect.bisect_right(self._keys, self._shown[number])
        return self._keys[place - 1] if place else None

    def _is_reached(self, number: int, place: int, frame: Any) -> bool:
        if self._shown is None:
            return place >= number
        return frame.pts is None or frame.pts >= self._shown[number]


def open_picker(path: str | Path) -> VideoPicker:
    """A picker of a file, kept until the file changes or eight others come.

    So parts of a long video cost one reading of its packets.

    Raises:
        VideoError: As `VideoPicker`.
    """
    try:
        state = Path(path).stat()
    except OSError:
        return VideoPicker(path)  # says what is wrong
    return _kept_picker(Path(path), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _kept_picker(path: Path, *_state: int) -> VideoPicker:
    return VideoPicker(path)


def _image_of(frame: Any) -> np.ndarray:
    return upright(frame.to_ndarray(format='rgb24'), display_matrix(frame))
