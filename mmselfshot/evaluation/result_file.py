"""Result files: predicted tracks as the VIS servers take them.

A result file is a JSON list of `{video_id, category_id, score,
segmentations}`, with the label file's own ids and one mask (compressed RLE)
or null per frame. A submission is a zip with `results.json` at its root.
While a data set is processed, each rank keeps the tracks of its videos (see
`KeptTracks`); the first rank joins them at the end, one video in memory at a
time. All ranks must see the same folder.
"""

import json
import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmselfshot.structures.kept_tracks import KeptTracks
from mmselfshot.utils import UserError, read_json, write_atomically

_FIELDS = ('video_id', 'category_id', 'score', 'segmentations')


def join_videos(
    prefix: str | Path, kept: KeptTracks, video_ids: Iterable[int]
) -> list[Path]:
    """Make result file and submission of what the ranks kept.

    Args:
        prefix: Path of the result file without `.json`.
        kept: Tracks of each video.
        video_ids: The videos to write, in this order.

    Returns:
        `<prefix>.json` and `<prefix>.zip`.

    Raises:
        UserError: If a video's tracks are missing or a file cannot be
            written.
    """
    prefix = Path(prefix)
    result = prefix.with_name(f'{prefix.name}.json')
    with write_atomically(result) as beside, open(beside, 'w') as file:
        file.write('[')
        separator = ''
        for video_id in video_ids:
            for track in kept.read(video_id):
                file.write(separator + json.dumps(track))
                separator = ',\n'
        file.write(']')
    submission = prefix.with_name(f'{prefix.name}.zip')
    write_submission(result, submission)
    return [result, submission]


def write_submission(result: str | Path, path: str | Path) -> None:
    """Zip a result file for a server: `results.json` at the root."""
    with (
        write_atomically(path) as beside,
        zipfile.ZipFile(beside, 'w', zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.write(result, 'results.json')


def read_results(path: str | Path) -> list[dict[str, Any]]:
    """Read a result file, or the `results.json` of a submission.

    The masks are not looked at; scoring checks them against their video.

    Raises:
        UserError: If the file is not a list of predicted tracks; the first
            wrong entry is named.
    """
    path = Path(path)
    results = _read_zipped(path) if path.suffix == '.zip' else read_json(path)
    if not isinstance(results, list):
        raise UserError(
            f'{path} holds a JSON {type(results).__name__}, expected a list '
            'of predicted tracks; give the result file first, the label '
            'file second'
        )
    for n, result in enumerate(results):
        problem = _find_problem(result)
        if problem:
            raise UserError(
                f'{path}: entry {n} {problem}; expected '
                '{video_id, category_id, score, segmentations}'
            )
    return results


def _find_problem(result: Any) -> str | None:
    if not isinstance(result, dict):
        return f'is {type(result).__name__}, not an object'
    missing = [field for field in _FIELDS if field not in result]
    if missing:
        return f'has no {" and no ".join(missing)}'
    for field in ('video_id', 'category_id'):
        if type(result[field]) is not int:
            return f'has {field} {result[field]!r}, not a whole number'
    score = result['score']
    if type(score) not in (int, float) or not math.isfinite(score):
        return f'has score {score!r}, not a finite number'
    if not isinstance(result['segmentations'], list):
        kind = type(result['segmentations']).__name__
        return f'has segmentations of type {kind}, not a list'
    return None


def _read_zipped(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read('results.json'))
    except FileNotFoundError:
        raise UserError(f'no file {path}; check the path') from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UserError(
            f'{path} is not a zip with a results.json at its root ({error}); '
            'make it again'
        ) from None
