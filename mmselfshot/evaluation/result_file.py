"""Result files: predicted tracks as the VIS servers take them.

A result file is a JSON list of `{video_id, category_id, score,
segmentations}`, with the label file's own ids and one mask (compressed RLE)
or null per frame. A submission is a zip with `results.json` at its root.
While a data set is processed, each rank appends its videos to a part file
of its own; the first rank joins the parts at the end, one video in memory
at a time. All ranks must see the same folder.
"""

import json
import math
import zipfile
from collections.abc import Iterable, Sequence
from glob import escape
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from mmselfshot.utils import UserError, read_json, write_atomically

_FIELDS = ('video_id', 'category_id', 'score', 'segmentations')


class Span(NamedTuple):
    """Where one video's tracks lie in the part file of a rank, in bytes."""

    rank: int
    start: int
    end: int


class ResultParts:
    """Writes one rank's tracks as they come.

    Args:
        prefix: Path of the result file without `.json`.
        rank: This process.
    """

    def __init__(self, prefix: str | Path, rank: int = 0) -> None:
        self.path = part_path(prefix, rank)
        self.rank = rank
        self._file: BinaryIO | None = None

    def append(self, tracks: Sequence[dict]) -> Span:
        """Write one video's tracks, one per line.

        Raises:
            UserError: If the file cannot be written.
        """
        lines = [json.dumps(track).encode('ascii') + b'\n' for track in tracks]
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = open(self.path, 'wb')  # noqa: SIM115
            start = self._file.tell()
            self._file.writelines(lines)
            return Span(self.rank, start, self._file.tell())
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def close(self) -> None:
        """Write out what is pending; the next track starts a new file."""
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        finally:
            self._file = None


def part_path(prefix: str | Path, rank: int) -> Path:
    """The part file of a rank."""
    prefix = Path(prefix)
    return prefix.with_name(f'{prefix.name}.rank{rank}.part.jsonl')


def join_parts(prefix: str | Path, spans: Iterable[Span]) -> list[Path]:
    """Make result file and submission of the parts, then remove these.

    Args:
        prefix: As of `ResultParts`.
        spans: The videos to write, in this order.

    Returns:
        `<prefix>.json` and `<prefix>.zip`.

    Raises:
        UserError: If a part is missing or a file cannot be written.
    """
    prefix = Path(prefix)
    result = prefix.with_name(f'{prefix.name}.json')
    with write_atomically(result) as beside, open(beside, 'wb') as file:
        file.write(b'[')
        separator = b''
        for span in spans:
            for line in _read_span(prefix, span):
                file.write(separator + line)
                separator = b',\n'
        file.write(b']')
    submission = prefix.with_name(f'{prefix.name}.zip')
    write_submission(result, submission)
    parts = f'{escape(prefix.name)}.rank*.part.jsonl'
    for path in prefix.parent.glob(parts):
        path.unlink(missing_ok=True)
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


def _read_span(prefix: Path, span: Span) -> Iterable[bytes]:
    path = part_path(prefix, span.rank)
    if span.start == span.end:
        return
    try:
        with open(path, 'rb') as file:
            file.seek(span.start)
            while file.tell() < span.end:
                yield file.readline().rstrip(b'\n')
    except FileNotFoundError:
        raise UserError(
            f'no file {path}; every rank must write to a folder that the '
            'first rank can read'
        ) from None


def _cannot_write(path: Path, error: OSError) -> UserError:
    return UserError(
        f'cannot write {path}: {error.strerror}; free space or choose '
        'another outfile_prefix'
    )
