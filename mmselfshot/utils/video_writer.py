"""H.264 films that play in browsers, through PyAV."""

from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np

from mmselfshot.utils.files import write_atomically

_TICKS = 90_000  # per second, as MPEG; a multiple of all usual frame rates
# no B-frames: their reordering would cut the end off in some players
_OPTIONS = {'crf': '20', 'preset': 'veryfast', 'bf': '0'}


class VideoWriter(AbstractContextManager):
    """Write an mp4 (H.264, yuv420p, index in front), frame by frame.

    Odd sizes are padded by one row or column, because yuv420p halves both.
    The file appears under its name only when the block ends well::

        with VideoWriter('film.mp4', fps=25) as writer:
            for image in images:  # (H, W, 3) uint8 RGB, one size
                writer.add(image)

    Args:
        path: Where to write, ending in .mp4.
        fps: Average frames per second; frames added without a time follow
            each other at this rate.

    Raises:
        UserError: If the disk is full or the place cannot be written.
    """

    def __init__(self, path: str | Path, fps: float) -> None:
        self.path = Path(path)
        self.fps = min(max(float(fps), 0.1), 1000.0)
        self.num_frames = 0
        self._last_tick = -1
        self._container = self._stream = None

    def __enter__(self) -> 'VideoWriter':
        self._atomic = write_atomically(self.path)
        self._beside = self._atomic.__enter__()
        return self

    def add(self, image: np.ndarray, time: float | None = None) -> None:
        """Append one frame.

        Args:
            image: (H, W, 3) uint8 RGB.
            time: Seconds since the first frame; times that do not grow are
                moved on by the least step.
        """
        import av

        image = _pad_to_even(image)
        if self._container is None:
            self._open(*image.shape[:2])
        time = self.num_frames / self.fps if time is None else time
        tick = max(round(time * _TICKS), self._last_tick + 1)
        frame = av.VideoFrame.from_ndarray(image, format='rgb24')
        frame = frame.reformat(format='yuv420p', dst_colorspace='itu709')
        frame.pts = self._last_tick = tick
        frame.time_base = Fraction(1, _TICKS)
        self._mux(frame)
        self.num_frames += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            if kind is None:
                assert self._container is not None, 'a film has no frame'
                self._mux(None)
            if self._container is not None:
                self._container.close()
        except BaseException as closing:
            if kind is None:
                kind, error = type(closing), closing
                trace = closing.__traceback__
                self._atomic.__exit__(kind, error, trace)
                raise
        return self._atomic.__exit__(kind, error, trace)

    def _mux(self, frame: object) -> None:
        for packet in self._stream.encode(frame):
            # only that of the last packet counts: how long it is shown
            packet.duration = round(_TICKS / self.fps)
            self._container.mux(packet)

    def _open(self, height: int, width: int) -> None:
        import av

        self._container = av.open(
            str(self._beside), 'w', options={'movflags': '+faststart'}
        )
        rate = Fraction(self.fps).limit_denominator(1001)
        stream = self._container.add_stream(
            'libx264', rate=rate, options=_OPTIONS
        )
        stream.width, stream.height = width, height
        stream.pix_fmt = 'yuv420p'
        stream.time_base = Fraction(1, _TICKS)
        context = stream.codec_context
        context.time_base = Fraction(1, _TICKS)
        # BT.709, limited range: said aloud, else players guess by size
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        self._stream = stream


def _pad_to_even(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = np.pad(
            image, ((0, height % 2), (0, width % 2), (0, 0)), mode='edge'
        )
    return np.ascontiguousarray(image)
