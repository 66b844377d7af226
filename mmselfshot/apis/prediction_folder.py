"""What prediction leaves on disk for one video, whole or not at all.

A folder `<out>/<video name>/` with `masks/<frame>.png` (palette pictures,
value = `track_id`), `film.mp4`, `video.json` (what it was made from) and
`results.json`. Everything is written into a hidden folder beside it, which
gets its name at the very end: a folder that is there is finished.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.apis.prediction_entries import make_entries
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError, read_json, write_json
from mmselfshot.utils.video_io import FrameFolder, Source, VideoError
from mmselfshot.utils.video_writer import VideoWriter
from mmselfshot.visualization.palette import (
    read_palette_png,
    write_palette_png,
)
from mmselfshot.visualization.tracks import Track, number_maps
from mmselfshot.visualization.video_visualizer import VideoVisualizer

SUPPORTS_FILE = 'supports.html'
_FILES = ('results.json', 'video.json', 'film.mp4', SUPPORTS_FILE)


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to write into; it becomes `folder` at the end.

    On any exception the hidden folder is removed, and `folder` stays as it
    was. What an earlier prediction left in `folder` is replaced; other files
    in it stay.

    Raises:
        UserError: If the disk is full or the place cannot be written.
    """
    part = folder.with_name(f'.{folder.name}.part')
    try:
        with _place_errors(folder):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
        yield part
        with _place_errors(folder):
            _publish(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_prediction(
    folder: Path,
    source: Source,
    tracks: Sequence[Track],
    description: dict[str, Any],
    video_id: int,
    film: bool = True,
    masks: bool = True,
    of_entries: Mapping[str, Any] | None = None,
    write_more: Callable[[Path], None] | None = None,
) -> list[dict]:
    """Write all that people want to have of one predicted video.

    Args:
        folder: Where to; its name is that of the video.
        source: Is read once more for the film, frame by frame.
        tracks: Chosen, without overlaps, numbered from 1.
        description: Becomes `video.json`; has `frame_names`, `times`
            (seconds), `fps`, `height` and `width`.
        video_id: In the result list.
        film: Write `film.mp4`.
        masks: Write palette pictures.
        of_entries: See `make_entries`.
        write_more: Gets the folder to write more of `_FILES` into.

    Returns:
        The entries of `results.json`.

    Raises:
        UserError: If the disk is full or the place cannot be written, or
            the video has changed meanwhile.
    """
    size = description['height'], description['width']
    names = description['frame_names']
    entries = make_entries(tracks, video_id, source.name, of_entries)
    with building(folder) as part:
        if masks:
            for name, numbers in zip(
                names, number_maps(tracks, size, len(names))
            ):
                write_palette_png(part / 'masks' / f'{name}.png', numbers)
        if film:
            _write_film(part / 'film.mp4', source, tracks, description)
        if write_more is not None:
            write_more(part)
        write_json(part / 'video.json', description)
        write_json(part / 'results.json', entries)
    return entries


def finished_prediction(folder: Path) -> dict[str, Any] | None:
    """The `video.json` of a finished prediction, None without one."""
    if not (folder / 'results.json').is_file():
        return None
    try:
        return read_json(folder / 'video.json')
    except UserError:
        return {}  # not as we leave it, so it is made anew


def check_masks(folder: str | Path) -> int:
    """Compare the palette pictures of a folder with its `results.json`.

    Args:
        folder: Of one video, as `write_prediction` leaves it.

    Returns:
        The frames compared; in all of them each pixel agrees.

    Raises:
        UserError: If a picture is missing or a pixel differs.
    """
    folder = Path(folder)
    video = read_json(folder / 'video.json')
    entries = read_json(folder / 'results.json')
    size = video['height'], video['width']
    for index, name in enumerate(video['frame_names']):
        path = folder / 'masks' / f'{name}.png'
        numbers = read_palette_png(path)
        rebuilt = np.zeros(size, dtype=int)
        for entry in entries:
            # a sum, so that masks that share a pixel cannot agree
            mask = decode_mask(entry['segmentations'][index], *size)
            rebuilt += mask * int(entry['track_id'])
        if numbers.shape != size or (numbers != rebuilt).any():
            raise UserError(
                f'{path} differs from results.json; predict this video again'
            )
    return len(video['frame_names'])


def fingerprint(source: Source) -> str:
    """Tell whether a video has changed, by names, sizes and times of files."""
    files = source.files if isinstance(source, FrameFolder) else [source.path]
    digest = hashlib.sha256()
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue  # reading it says what is wrong
        text = f'{file.name} {state.st_size} {state.st_mtime_ns}\n'
        digest.update(text.encode(errors='surrogateescape'))
    return digest.hexdigest()[:16]


def _write_film(
    path: Path,
    source: Source,
    tracks: Sequence[Track],
    description: dict[str, Any],
) -> None:
    size = description['height'], description['width']
    length = len(description['frame_names'])
    visualizer = VideoVisualizer(tracks, size)
    count = 0
    with VideoWriter(path, description['fps']) as writer:
        for count, frame in enumerate(source.frames(), 1):
            if count > length or frame.image.shape[:2] != size:
                break
            picture = visualizer.draw(frame.image, count - 1)
            writer.add(picture, frame.time)
        if count != length:
            raise VideoError(
                f'{source.path} changed while it was read; run again'
            )


def _publish(part: Path, folder: Path) -> None:
    """Move the files over those of an earlier prediction, results last."""
    if not folder.exists():
        os.replace(part, folder)
        return
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    if (folder / 'masks').is_dir():
        for old in (folder / 'masks').glob('*.png'):
            old.unlink()
    if (part / 'masks').is_dir():
        (folder / 'masks').mkdir(exist_ok=True)
        for new in (part / 'masks').iterdir():
            os.replace(new, folder / 'masks' / new.name)
    for name in reversed(_FILES):
        if (part / name).exists():
            os.replace(part / name, folder / name)


@contextmanager
def _place_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                f'no disk space left to write {folder}; free some or choose '
                'another place'
            ) from error
        raise UserError(
            f'cannot write {folder}: {error.strerror}; choose another place'
        ) from error
