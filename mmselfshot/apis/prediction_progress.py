"""What passes by while videos are read: a bar for people, notes for files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from mmselfshot.utils.video_io import (
    UNKNOWN_FPS,
    Frame,
    Source,
    VideoError,
    VideoFile,
)


class Progress:
    """A bar over the frames of all videos, as far as their number is known."""

    def __init__(
        self,
        sources: Sequence[Source],
        is_shown: bool,
        report: Callable[[str], None] | None,
    ) -> None:
        self.num_videos = len(sources)
        self.report = report
        total = _count_frames(sources) if is_shown else None
        from tqdm import tqdm

        self.bar = tqdm(
            total=total, unit='frame', disable=not is_shown, smoothing=0.1
        )

    def __enter__(self) -> 'Progress':
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def begin(self, video_id: int, source: Source) -> None:
        self.bar.set_description(f'{video_id}/{self.num_videos} {source.name}')
        self.bar.set_postfix_str('')

    def step(self) -> None:
        self.bar.update()

    def skip(self, source: Source) -> None:
        """Take a finished video out of the time that is left."""
        if self.bar.total:
            self.bar.total -= source.length_hint or 0
            self.bar.refresh()

    def note(self, text: str) -> None:
        self.bar.set_postfix_str(text)

    def say(self, line: str) -> None:
        if self.report is not None:
            self.bar.clear()
            self.report(line)


class FrameLog:
    """Notes what passes by while frames are read."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.times: list[float] = []
        self.size = (0, 0)
        self.promised: int | None = None

    def watch(
        self, source: Source, progress: Progress
    ) -> Iterator[np.ndarray]:
        for frame in source.frames():
            self._note(frame)
            progress.step()
            yield frame.image
        if isinstance(source, VideoFile):
            self.promised = source.header_length

    def _note(self, frame: Frame) -> None:
        self.names.append(frame.name)
        self.times.append(round(frame.time, 6))
        self.size = frame.image.shape[:2]

    @property
    def num_missing(self) -> int:
        return max(0, (self.promised or 0) - len(self.names))

    def describe(self, source: Source, key: str) -> dict[str, Any]:
        """What `video.json` says."""
        seconds = self.times[-1] - self.times[0]
        fps = (len(self.times) - 1) / seconds if seconds > 0 else source.fps
        return {
            'name': source.name,
            'path': str(source.path),
            'height': self.size[0],
            'width': self.size[1],
            'fps': fps or UNKNOWN_FPS,
            'times': self.times,
            'frame_names': self.names,
            'made_from': key,
        }


def _count_frames(sources: Iterable[Source]) -> int | None:
    total = 0
    for source in sources:
        if isinstance(source, VideoFile):
            try:
                source.probe()
            except VideoError:
                continue  # named when its turn comes
        if source.length_hint is None:
            return None
        total += source.length_hint
    return total
