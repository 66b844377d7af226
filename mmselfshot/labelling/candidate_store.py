"""The folder `<out>.candidates/`, shared by processes and by runs.

    <video>.npz      candidates of a finished video, see `candidates.py`
    <video>.failed   why a video could not be read, one line of text
    meta.json        what it was made from, finished and failed videos
    report.json      what the filters kept, see `filter_report.py`
    reasons.npz      why each candidate was dropped, and what filters measured

Every shard says what it was made from, and one that was made from anything
else counts as missing. So nothing needs to be locked or cleared: processes
and runs may meet in the folder at any time.
"""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.labelling.candidates import (
    CandidateTable,
    read_origin,
    read_shard,
    write_shard,
)
from mmselfshot.labelling.source_videos import SourceVideo
from mmselfshot.utils import UserError, read_json, write_atomically, write_json

META = 'meta.json'
REPORT = 'report.json'
REASONS = 'reasons.npz'


class CandidateStore:
    """Candidates of many videos.

    Args:
        folder: Made when the first thing is written.
        key: Hash of all that decides about candidates but the videos.
    """

    def __init__(self, folder: str | Path, key: str) -> None:
        self.folder = Path(folder)
        self.key = key

    def shard_path(self, video: SourceVideo) -> Path:
        return self.folder / f'{video.name}.npz'

    def has(self, video: SourceVideo) -> bool:
        """Tell whether a video is finished."""
        path = self.shard_path(video)
        return path.exists() and read_origin(path) == self._origin(video)

    def write(self, video: SourceVideo, table: CandidateTable) -> None:
        """Store a finished video."""
        write_shard(self.shard_path(video), table, self._origin(video))
        self._failure_path(video).unlink(missing_ok=True)

    def read(self, video: SourceVideo) -> CandidateTable:
        """Read a finished video; its id may have changed since.

        Raises:
            UserError: If the shard is missing or broken.
        """
        table = read_shard(self.shard_path(video))
        (old_id,) = table.videos
        table.videos = {video.id: table.videos[old_id]}
        table.video_id[:] = video.id
        return table

    def write_failure(self, video: SourceVideo, reason: str) -> None:
        """Note why a video could not be read."""
        with write_atomically(self._failure_path(video)) as beside:
            beside.write_text(reason)

    def read_failure(self, video: SourceVideo) -> str | None:
        """Why a video could not be read, in this or an earlier run."""
        try:
            return self._failure_path(video).read_text()
        except OSError:
            return None

    def read_meta(self) -> dict[str, Any]:
        """The content of `meta.json`; empty if there is none."""
        try:
            content = read_json(self.folder / META)
        except UserError:
            return {}
        return content if isinstance(content, dict) else {}

    def write_meta(self, content: Mapping[str, Any]) -> None:
        write_json(self.folder / META, {'key': self.key, **content})

    def write_reasons(self, table: CandidateTable) -> None:
        """Store what the filters left in the table of all videos."""
        path = self.folder / REASONS
        with write_atomically(path) as beside, open(beside, 'wb') as file:
            np.savez(file, reason=table.reason.astype(np.str_), **table.extra)

    def remove_others(self, videos: Sequence[SourceVideo]) -> None:
        """Remove what belongs to none of the videos, when all are done.

        That is shards of videos that are not there any more, and what
        killed processes left half-written.
        """
        kept = {video.name for video in videos} | {Path(REASONS).stem}
        for path in self.folder.iterdir():
            if path.suffix in ('.npz', '.failed') and path.stem not in kept:
                path.unlink(missing_ok=True)

    def _failure_path(self, video: SourceVideo) -> Path:
        return self.folder / f'{video.name}.failed'

    def _origin(self, video: SourceVideo) -> str:
        return f'{self.key} {video.fingerprint}'


def read_candidates(
    folder: str | Path, with_reasons: bool = False
) -> CandidateTable:
    """Read all candidates that a labelling left behind.

    Args:
        folder: `<out>.candidates`, or the label file `<out>.json` beside it.
        with_reasons: As the filters left them; else as they were found.

    Raises:
        UserError: If there is no such folder or no candidate in it.
    """
    folder = Path(folder)
    if folder.suffix == '.json':
        folder = candidates_folder(folder)
    meta = folder / META
    if not meta.is_file():
        raise UserError(
            f'no candidates in {folder}; make them with tools/label.py'
        )
    done = read_json(meta).get('done') or []
    tables = []
    for video_id, name in done:
        table = read_shard(folder / f'{name}.npz')
        (old_id,) = table.videos
        table.videos = {video_id: table.videos[old_id]}
        table.video_id[:] = video_id
        tables.append(table)
    if not tables:
        raise UserError(
            f'{folder} holds no finished video; run tools/label.py again'
        )
    table = CandidateTable.join(tables)
    if with_reasons:
        _read_reasons(table, folder / REASONS)
    return table


def _read_reasons(table: CandidateTable, path: Path) -> None:
    try:
        with np.load(path, allow_pickle=False) as content:
            left = {name: content[name] for name in content.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f'{path} cannot be read ({error}); run tools/label.py again'
        ) from None
    if len(left['reason']) != len(table):
        raise UserError(
            f'{path} is of {len(left["reason"])} candidates, there are '
            f'{len(table)}; run tools/label.py again'
        )
    table.reason = left.pop('reason').astype(object)
    table.extra = left


def candidates_folder(out: str | Path) -> Path:
    """The folder that belongs to a label file."""
    out = Path(out)
    return out.with_name(f'{out.stem}.candidates')
