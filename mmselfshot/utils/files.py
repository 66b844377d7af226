"""Reading and writing files so that nothing is left half-written."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmselfshot.utils.errors import UserError


@contextmanager
def write_atomically(path: str | Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; rename it when all went well.

    The temporary name keeps the suffix, because writers choose their format
    by it. On any exception the temporary file is removed and an existing
    file under `path` stays as it was.

    Raises:
        UserError: If the disk is full or the place cannot be written.
    """
    path = Path(path)
    beside = path.with_name(f'.{path.stem}.{os.getpid()}.part{path.suffix}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise UserError(
                f'no disk space left to write {path}; free some or choose '
                'another place'
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.ENOTDIR):
            raise UserError(
                f'cannot write {path}: {error.strerror}; choose another place'
            ) from error
        raise
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON atomically, see `write_atomically`."""
    with write_atomically(path) as beside, open(beside, 'w') as file:
        json.dump(content, file)


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises:
        UserError: If the file is missing or is not complete JSON.
    """
    path = Path(path)
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        raise UserError(f'no file {path}; check the path') from None
    except IsADirectoryError:
        raise UserError(f'{path} is a folder; expected a JSON file') from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f'{path} is not complete JSON ({error}); copy or make it again'
        ) from None
