"""Mistakes of the user: one line that says what to do, exit status 2."""

import errno
import os
import re
import sys
from collections.abc import Callable

from mmselfshot.utils.ranks import (
    end_process,
    is_aftermath,
    is_mine_to_print,
)

_PLACES = errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR
_FROM_WORKER = re.compile(r'\b\w*Error: (?P<text>.+)\s*$')


class UserError(ValueError):
    """A mistake in a path, config, label file, video or checkpoint.

    The message is one line: what was found, what was expected, what to do.
    A data loader raises a worker's error again with the worker's traceback
    as its text; the constructor takes the one line out of it.
    """

    def __init__(self, message: str) -> None:
        lines = str(message).strip().splitlines() or ['']
        found = _FROM_WORKER.search(lines[-1])
        if len(lines) > 1 and found:
            super().__init__(found['text'].strip())
        else:
            super().__init__(' '.join(line.strip() for line in lines))


def run_tool(main: Callable[[], int | None]) -> None:
    """Run a tool's `main` and end the process with its exit status.

    A `UserError`, and a place that cannot be written to (a full disk, a file
    for a folder), becomes one line on stderr (of one rank only) and status 2;
    Ctrl-C becomes one line and status 130; any other exception keeps its
    traceback, unless it only says that a rank with a `UserError` has gone.
    """
    try:
        status = main()
    except UserError as error:
        _end_with(str(error))
    except KeyboardInterrupt:
        if os.environ.get('RANK', '0') == '0':
            line = 'interrupted; run the same command again to go on'
            print(line, file=sys.stderr)
        end_process(130)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _PLACES:
            place = f'{error.filename}: ' if error.filename else ''
            _end_with(
                f'{place}{error.strerror}; choose another place, or make room'
            )
        if is_aftermath():
            end_process(2)
        raise
    end_process(status or 0)


def _end_with(line: str) -> None:
    if is_mine_to_print():
        print(f'error: {line}', file=sys.stderr, flush=True)
    end_process(2)
