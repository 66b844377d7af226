"""Processor time of what other processes did."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmselfshot.utils.files import read_json, write_json


@contextmanager
def count_processes(path: Path) -> Iterator[None]:
    """Add the processor time of processes that end meanwhile to a file.

    Args:
        path: Gets `cpu_seconds`, those of earlier times included.
    """

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    start = spent()
    try:
        yield
    finally:
        before = read_json(path)['cpu_seconds'] if path.is_file() else 0.0
        write_json(path, {'cpu_seconds': before + spent() - start})
