"""The records of an index, in SQLite: what was committed is what counts.

SQLite rather than lines of text: appending and removing are transactions
that survive a kill, two writers wait for each other, and the records of a
large pool stay on disk. A connection lives as long as one call, so that an
index may be used after a fork.
"""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from mmselfshot.retrieval.vector_store import ClipRecord
from mmselfshot.utils import UserError, write_atomically

_SECONDS = 60  # to wait for another writer
_SCHEMA = """
CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE clip (
    row INTEGER PRIMARY KEY, name TEXT NOT NULL, source INTEGER NOT NULL,
    start REAL NOT NULL, end REAL NOT NULL, content TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX clip_name ON clip (name) WHERE NOT removed;
CREATE INDEX clip_source ON clip (source);
CREATE TABLE block (
    start INTEGER PRIMARY KEY, num_rows INTEGER NOT NULL,
    vectors INTEGER NOT NULL, records INTEGER NOT NULL
);
"""
_RECORDS = (
    'SELECT clip.name, source.name, start, end, content '
    'FROM clip JOIN source ON source.id = clip.source '
)


class ClipTable:
    """Records, removals and checksums of an index.

    Args:
        path: An SQLite file made by `create`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, header: dict[str, str]) -> 'ClipTable':
        """Make an empty table; it appears whole or not at all.

        Raises:
            UserError: If it cannot be written.
        """
        try:
            with (
                write_atomically(path) as beside,
                closing(sqlite3.connect(beside)) as base,
                base,
            ):
                base.executescript(_SCHEMA)
                checked = {**header, 'checksum': _checksum_of_header(header)}
                base.executemany(
                    'INSERT INTO header VALUES (?, ?)', checked.items()
                )
        except sqlite3.OperationalError as error:
            raise UserError(_unusable(path, error)) from None
        return cls(path)

    @contextmanager
    def connect(self, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file; a writing block is one transaction.

        Raises:
            UserError: If the file is damaged, full or held by a writer.
        """
        try:
            uri = f'{self.path.resolve().as_uri()}?mode=rw'
            base = sqlite3.connect(
                uri, uri=True, timeout=_SECONDS, isolation_level=None
            )
            with closing(base):
                base.execute('PRAGMA synchronous = FULL')
                if not writes:
                    yield base
                    return
                base.execute('BEGIN IMMEDIATE')
                try:
                    yield base
                except BaseException:
                    base.rollback()
                    raise
                base.commit()
        except sqlite3.OperationalError as error:
            raise UserError(_unusable(self.path, error)) from None
        except sqlite3.DatabaseError as error:
            raise UserError(
                f'{self.path} is damaged ({error}); make the index again'
            ) from None

    def header(self) -> dict[str, str]:
        """What `create` was given.

        Raises:
            UserError: If it was changed since.
        """
        with self.connect() as base:
            header = dict(base.execute('SELECT name, value FROM header'))
        if header.pop('checksum', None) != _checksum_of_header(header):
            raise UserError(
                f'{self.path} is damaged (the checksum of its header '
                'differs); make the index again'
            )
        return header

    def states(
        self, start: int = 0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sources of the rows from `start` on, and all removed rows.

        Returns:
            (N,) int32 ids of sources, (N,) int64 rows, (R,) int64 rows.
        """
        with self.connect() as base:
            base.execute('BEGIN')  # one state for both
            rows = base.execute(
                'SELECT row, source FROM clip WHERE row >= ? ORDER BY row',
                (start,),
            )
            pairs = np.fromiter(
                rows, np.dtype([('row', np.int64), ('source', np.int32)])
            )
            removed = base.execute('SELECT row FROM clip WHERE removed')
            gone = np.fromiter((row for (row,) in removed), np.int64)
        return pairs['source'], pairs['row'], gone

    def records(self, rows: Sequence[int]) -> list[ClipRecord]:
        with self.connect() as base:
            query = _RECORDS + 'WHERE row = ?'
            return [
                ClipRecord(*base.execute(query, (row,)).fetchone())
                for row in rows
            ]

    def rows_of(self, clips: Sequence[str]) -> list[int]:
        """Rows of clips that are not removed.

        Raises:
            UserError: If there is no such clip.
        """
        with self.connect() as base:
            query = 'SELECT row FROM clip WHERE name = ? AND NOT removed'
            found = [base.execute(query, (c,)).fetchone() for c in clips]
        missing = [c for c, one in zip(clips, found) if one is None]
        if missing:
            raise UserError(
                f'no clip {missing[0]!r} in {self.path.parent} (and '
                f'{len(missing) - 1} others); check the names'
            )
        return [row for (row,) in found]

    def rows_of_source(self, source: str) -> list[int]:
        with self.connect() as base:
            found = base.execute(
                'SELECT row FROM clip WHERE NOT removed AND source = '
                '(SELECT id FROM source WHERE name = ?) ORDER BY row',
                (source,),
            )
            return [row for (row,) in found]

    def remove(self, clips: Sequence[str]) -> None:
        """Mark clips as removed, all or none."""
        rows = self.rows_of(clips)
        with self.connect(writes=True) as base:
            base.executemany(
                'UPDATE clip SET removed = 1 WHERE row = ?',
                ((row,) for row in rows),
            )

    def names(self) -> list[str]:
        """Names of all clips that are not removed, in the order of bytes."""
        with self.connect() as base:
            found = base.execute(
                'SELECT name FROM clip WHERE NOT removed ORDER BY name'
            )
            return [name for (name,) in found]

    def origins(self) -> dict[str, tuple[str, str]]:
        """Source and content of each clip that is not removed, by name."""
        with self.connect() as base:
            found = base.execute(
                'SELECT clip.name, source.name, content FROM clip '
                'JOIN source ON source.id = clip.source WHERE NOT removed'
            )
            return {name: (source, content) for name, source, content in found}

    def rows_of_content(self, content: str) -> list[int]:
        with self.connect() as base:
            found = base.execute(
                'SELECT row FROM clip WHERE NOT removed AND content = ? '
                'ORDER BY row',
                (content,),
            )
            return [row for (row,) in found]

    def blocks(self) -> Iterator[tuple[int, int, int, int]]:
        """First row, number of rows, checksums of vectors and records."""
        with self.connect() as base:
            yield from base.execute('SELECT * FROM block ORDER BY start')

    def check_records(self) -> None:
        """Compare all records with their checksums.

        Raises:
            UserError: If they differ, naming the file.
        """
        with self.connect() as base:
            (state,) = base.execute('PRAGMA integrity_check(1)').fetchone()
            is_whole, next_row = state == 'ok', 0
            blocks = base.execute('SELECT * FROM block ORDER BY start')
            for start, num_rows, _, checksum in blocks.fetchall():
                records = base.execute(
                    _RECORDS + 'WHERE row >= ? AND row < ? ORDER BY row',
                    (start, start + num_rows),
                )
                is_whole &= start == next_row
                is_whole &= checksum == checksum_of_records(records)
                next_row = start + num_rows
            (total,) = base.execute('SELECT count(*) FROM clip').fetchone()
            if not is_whole or total != next_row:
                raise UserError(
                    f'{self.path} is damaged (a checksum differs); make the '
                    'index again'
                )


def append_block(
    base: sqlite3.Connection,
    start: int,
    records: Sequence[ClipRecord],
    checksum: int,
) -> None:
    """Insert the records of one block of rows, inside a transaction.

    Raises:
        UserError: If a clip of this name is there.
    """
    base.executemany(
        'INSERT OR IGNORE INTO source (name) VALUES (?)',
        ((name,) for name in dict.fromkeys(r.source for r in records)),
    )
    insert = (
        'INSERT INTO clip (row, name, source, start, end, content) '
        'SELECT ?, ?, id, ?, ?, ? FROM source WHERE name = ?'
    )
    for row, one in enumerate(records, start):
        clip, source, *rest = _values(one)
        try:
            base.execute(insert, (row, clip, *rest, source))
        except sqlite3.IntegrityError:
            raise UserError(
                f'clip {one.clip!r} is in the index already; delete it first'
            ) from None
    base.execute(
        'INSERT INTO block VALUES (?, ?, ?, ?)',
        (
            start,
            len(records),
            checksum,
            checksum_of_records(map(_values, records)),
        ),
    )


def _values(one: ClipRecord) -> tuple[str, str, float, float, str]:
    """As the table gives them back."""
    times = float(one.start), float(one.end)
    return (one.clip, one.source, *times, one.content)


def checksum_of_records(records: Iterable[tuple]) -> int:
    """CRC-32 of clips, sources, starts, ends and contents."""
    checksum = 0
    for record in records:
        checksum = zlib.crc32(repr(tuple(record)).encode(), checksum)
    return checksum


def _checksum_of_header(header: dict[str, str]) -> str:
    return str(zlib.crc32(repr(sorted(header.items())).encode()))


def _unusable(path: Path, error: sqlite3.OperationalError) -> str:
    return (
        f'{path} cannot be used ({error}); check the disk, its permissions '
        'and other writers'
    )
