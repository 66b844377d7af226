"""What became of one video that was predicted."""

from dataclasses import dataclass
from pathlib import Path

from mmselfshot.utils import read_json


@dataclass
class VideoResult:
    """What became of one video.

    Attributes:
        video_id: Place among the videos of the call, from 1.
        name: Of the video.
        path: Of the video.
        error: What made it fail, in one line, or None.
        folder: Where its files lie, if they were wanted.
        is_reused: The files of an earlier call were found and kept.
        num_frames: Of the video.
    """

    video_id: int
    name: str
    path: Path
    error: str | None = None
    folder: Path | None = None
    is_reused: bool = False
    num_frames: int = 0
    _entries: list[dict] | None = None

    @property
    def entries(self) -> list[dict]:
        """Its part of the result list, read from its folder if it has one."""
        if self._entries is not None:
            return self._entries
        if self.folder is None:
            return []
        return read_json(self.folder / 'results.json')

    def __str__(self) -> str:
        if self.error:
            return f'{self.name}: failed: {self.error}'
        number = f'{len(self.entries)} tracks, {self.num_frames} frames'
        return f'{self.name}: {number}' + self.is_reused * ', kept as it was'
