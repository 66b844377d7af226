"""Pools of unlabelled clips: a folder of videos, or a list file.

Nothing in a pool is labelled or named by class. Videos are files or folders
of frames, nested or not; a list file has lines `path,start,end,source`.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mmselfshot.datasets.pool_clip import PoolClip, sample_frames
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import (
    IMAGE_SUFFIXES,
    VIDEO_SUFFIXES,
    FrameFolder,
    VideoError,
    VideoFile,
    natural_key,
)

__all__ = ['PoolClip', 'read_pool', 'sample_frames']

COLUMNS = ('path', 'start', 'end', 'source')


def read_pool(
    path: str | Path, segment_seconds: float | None = None
) -> list[PoolClip]:
    """List the clips of a pool.

    Names are paths relative to the pool, with `@start-end` where a clip is a
    part of a video.

    Args:
        path: A folder of videos and folders of frames, nested or not, one of
            these, or a list file. Its lines are `path,start,end,source`,
            paths relative to it; all but the path may be left out, and the
            first line may name the columns.
        segment_seconds: Cut videos into parts of this length, in seconds;
            parts that a list file gives stay as they are. The last part
            takes a rest of less than half a part.

    Returns:
        In natural order, or in that of the file. Reading may still fail for
        each of them.

    Raises:
        UserError: If there is no clip, a folder mixes frames and videos, or
            a line of the list cannot be used.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(
            f'no pool {path}; expected a folder of videos or a list file'
        )
    if segment_seconds is not None and not segment_seconds > 0:
        raise UserError(
            f'parts of {segment_seconds} seconds; expected more than 0'
        )
    if path.is_dir():
        clips = [_whole(path, one) for one in _walk(path, set())]
    elif path.suffix.lower() in VIDEO_SUFFIXES:
        clips = [PoolClip(path.name, path, path.name)]
    else:
        clips = _read_list(path)
    if not clips:
        raise UserError(
            f'the pool {path} is empty; expected video files (mp4, avi, mov, '
            'mkv, webm), folders of frames (jpg, png), or lines of '
            f'{",".join(COLUMNS)}'
        )
    if segment_seconds is None:
        return clips
    return [part for one in clips for part in _cut(one, segment_seconds)]


def _walk(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """Videos and folders of frames, depth first, in natural order."""
    if folder.resolve() in seen:  # a link that leads back
        return
    seen.add(folder.resolve())
    members = sorted(
        (one for one in folder.iterdir() if not one.name.startswith('.')),
        key=lambda one: natural_key(one.name),
    )
    folders = [one for one in members if one.is_dir()]
    files = [one for one in members if one.is_file()]
    videos = [one for one in files if one.suffix.lower() in VIDEO_SUFFIXES]
    if any(one.suffix.lower() in IMAGE_SUFFIXES for one in files):
        if videos or folders:
            raise UserError(
                f'{folder} holds both frames and '
                f'{(videos or folders)[0].name}; expected only frames, or '
                'only videos and folders'
            )
        yield folder
        return
    for one in members:
        if one.is_dir():
            yield from _walk(one, seen)
        elif one in videos:
            yield one


def _whole(pool: Path, path: Path) -> PoolClip:
    name = path.relative_to(pool).as_posix()
    if name == '.':  # the pool is a folder of frames
        name = path.resolve().name
    return PoolClip(name, path, name)


def _read_list(path: Path) -> list[PoolClip]:
    try:
        with open(path, encoding='utf-8', newline='') as file:
            rows = list(csv.reader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f'{path} cannot be read as a list of clips ({error}); expected '
            f'lines of {",".join(COLUMNS)}'
        ) from None
    clips: dict[str, PoolClip] = {}
    for number, row in enumerate(rows, 1):
        is_head = number == 1 and tuple(row) == COLUMNS[: len(row)]
        if is_head or not any(cell.strip() for cell in row):
            continue
        try:
            clip = _parse(path.parent, row)
        except ValueError as error:
            raise UserError(
                f'{path}, line {number}: {error}; expected '
                f'{",".join(COLUMNS)}, seconds from the start of the video'
            ) from None
        if clip.name in clips:
            raise UserError(
                f'{path}, line {number}: {clip.name} comes again; remove '
                'one of the two'
            )
        clips[clip.name] = clip
    return list(clips.values())


def _parse(folder: Path, row: Sequence[str]) -> PoolClip:
    if len(row) > len(COLUMNS):
        raise ValueError(f'{len(row)} columns')
    cells = [cell.strip() for cell in row]
    text, start, end, source = cells + [''] * (len(COLUMNS) - len(cells))
    if not text:
        raise ValueError('no path')
    clip = PoolClip(
        Path(text).as_posix(),
        folder / text,
        source or Path(text).as_posix(),
        float(start) if start else None,
        float(end) if end else None,
    )
    first = 0.0 if clip.start is None else clip.start
    last = np.inf if clip.end is None else clip.end
    if not (0 <= first < np.inf and first < last):
        raise ValueError(f'a clip from {start or 0} to {end or "the end"}')
    return _part(clip, clip.start, clip.end)


def _part(clip: PoolClip, start: float | None, end: float | None) -> PoolClip:
    name = clip.name
    if start is not None or end is not None:
        name += f'@{_seconds(start or 0)}-{_seconds(end)}'
    return PoolClip(name, clip.path, clip.source, start, end)


def video_of(name: str) -> str:
    """The name of a clip without the times that were added to it."""
    return re.sub(r'@[\d.]+-[\d.]*$', '', name)


def _seconds(time: float | None) -> str:
    return '' if time is None else f'{time:.3f}'.rstrip('0').rstrip('.')


def _cut(clip: PoolClip, seconds: float) -> list[PoolClip]:
    """Parts of a whole video, of equal length but for the last one."""
    if clip.start is not None or clip.end is not None:
        return [clip]
    try:
        source = (
            FrameFolder(clip.path)
            if clip.path.is_dir()
            else VideoFile(clip.path).probe()
        )
    except VideoError:
        return [clip]  # reading it says what is wrong
    length = (source.length_hint or 0) / source.fps
    number = int(length / seconds + 0.5)
    if number < 2:
        return [clip]
    ends = [i * seconds for i in range(1, number)]
    return [
        _part(clip, start, end)
        for start, end in zip([0.0, *ends], [*ends, None])
    ]
