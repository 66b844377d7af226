"""Windows with overlap out of a stream of frames.

Ours; the last window begins earlier rather than being short, because the
network was trained with full ones.
"""

from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor


class WindowCutter:
    """Holds the frames of one window.

    Attributes:
        num_frames: Frames taken in so far.

    Args:
        length: Frames of a window.
        overlap: Frames that a window has in common with the one before;
            the last window of a video may have more.
    """

    def __init__(self, length: int, overlap: int) -> None:
        assert 0 <= overlap < length, (length, overlap)
        self.length = length
        self.overlap = overlap
        self.reset()

    def reset(self) -> None:
        """Forget the video."""
        self.num_frames = 0
        self._frames: deque[Tensor] = deque(maxlen=self.length)
        self._num_new = 0
        self._num_wanted = self.length

    def add(self, frames: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Take in the next frames.

        Args:
            frames: (T, ...) of any T.

        Yields:
            Number of the first frame, and the frames (length, ...), of each
            window that is complete.
        """
        for frame in frames:
            self._frames.append(frame)
            self.num_frames += 1
            self._num_new += 1
            if self._num_new == self._num_wanted:
                yield self._cut()

    def finish(self) -> Iterator[tuple[int, Tensor]]:
        """The last window, if frames are left; short if the video is."""
        if self._num_new:
            yield self._cut()

    def _cut(self) -> tuple[int, Tensor]:
        self._num_new = 0
        self._num_wanted = self.length - self.overlap
        start = self.num_frames - len(self._frames)
        return start, torch.stack(list(self._frames))
