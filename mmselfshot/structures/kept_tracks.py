"""Tracks of finished videos, kept until a whole data set is done.

One file per video, written whole or not at all: all ranks write to one
folder, and a test that was interrupted goes on with the videos that are
missing. What such a test's tracks were made from is in the name of its
folder: those of another config, checkpoint or label file are never taken for
these.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from mmselfshot.utils import UserError, read_json, write_json

_PREFIX = 'unfinished_'
_VIDEO = re.compile(r'(-?\d+)\.json')


class KeptTracks:
    """A folder of tracks; it is not made before `keep`.

    Args:
        folder: That of a test that goes on is named by `kept_folder`.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def video_ids(self) -> list[int]:
        """Ids of the finished videos, rising."""
        names = (path.name for path in self.folder.glob('*.json'))
        found = (_VIDEO.fullmatch(name) for name in names)
        return sorted(int(one[1]) for one in found if one)

    def keep(self, video_id: int, tracks: Sequence[dict]) -> None:
        """Write one video's tracks, as entries of a result file.

        Raises:
            UserError: If they cannot be written.
        """
        write_json(self._path(video_id), list(tracks))

    def read(self, video_id: int) -> list[dict]:
        """What `keep` was given.

        Raises:
            UserError: If the file is gone or damaged.
        """
        path = self._path(video_id)
        if not path.exists():
            raise UserError(
                f'no file {path}; every rank must write to a folder that the '
                'first rank can read'
            )
        return read_json(path)

    def clear(self) -> None:
        """Forget all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, video_id: int) -> Path:
        return self.folder / f'{video_id}.json'


def kept_folder(place: str | Path, key: str) -> Path:
    """The folder of a test below `place`, by the hash of what it tests."""
    return Path(place) / f'{_PREFIX}{key}'


def clear_others(folder: Path) -> int:
    """Remove what other tests left beside `folder`.

    Returns:
        How many of them there were.
    """
    others = [
        path
        for path in folder.parent.glob(f'{_PREFIX}*')
        if path.is_dir() and path.name != folder.name
    ]
    for path in others:
        shutil.rmtree(path, ignore_errors=True)
    return len(others)
