"""An exact index: raw vectors in one growing file, records in another.

    vectors.float32   unit vectors, row after row, little endian, no header
    clips.sqlite      records, removals, checksums, what made the vectors

Vectors are written and synced before the transaction that counts them. So a
kill loses nothing that was committed, and what lies behind the last counted
row is overwritten by the next append. Removed clips keep their row, marked;
merging into a new index leaves them out.
"""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor

from mmselfshot.retrieval.clip_table import ClipTable, append_block
from mmselfshot.retrieval.exact_search import search_exactly
from mmselfshot.retrieval.vector_store import (
    ClipRecord,
    Neighbours,
    unit_vectors,
)
from mmselfshot.utils import UserError

VERSION = '2'
TABLE = 'clips.sqlite'
CHECKED = 4096  # rows with one checksum
_FORMAT = 'mmselfshot flat index'
_DTYPES = {'float32': '<f4', 'float16': '<f2'}


class FlatIndex:
    """Clips found by the cosine of their vectors, a `VectorStore`.

    Similarities are those of the stored vectors: of length 1, rounded to the
    dtype of the index. Other processes may read an index that grows; they
    see it as it was when they opened it. Writers wait for each other.

    Args:
        folder: Made by `create`.
        encoder: Hash of the encoder in use; None: take whatever is there.
        device: Where to search; on a GPU the vectors are copied there once.
        verify: Compare everything with the checksums.

    Raises:
        UserError: If there is no index, it is of another encoder or format,
            or it is damaged.
    """

    def __init__(
        self,
        folder: str | Path,
        encoder: str | None = None,
        device: str = 'cpu',
        verify: bool = True,
    ) -> None:
        self.folder = Path(folder)
        self.device = torch.device(device)
        if not (self.folder / TABLE).is_file():
            raise UserError(f'no index in {folder}; make one, or check it')
        self._clips = ClipTable(self.folder / TABLE)
        self._read_header(encoder)
        self._vectors = self.folder / f'vectors.{self.dtype}'
        if verify:
            self._clips.check_records()
        self._sources = torch.zeros(0, dtype=torch.int64)
        self._reload()
        if verify:
            self._check_vectors()

    @classmethod
    def create(
        cls,
        folder: str | Path,
        encoder: str,
        num_channels: int,
        dtype: str = 'float32',
        device: str = 'cpu',
    ) -> 'FlatIndex':
        """Make an empty index.

        Args:
            encoder: Hash of the encoder, e.g. by `hash_of`.
            num_channels: C, at least 1.
            dtype: 'float32' or 'float16'.

        Raises:
            UserError: If there is an index already or it cannot be written.
        """
        folder = Path(folder)
        if dtype not in _DTYPES:
            raise UserError(f'dtype {dtype!r} is none of {list(_DTYPES)}')
        if (folder / TABLE).exists():
            raise UserError(f'{folder} holds an index; choose another place')
        header = {
            'format': _FORMAT,
            'version': VERSION,
            'encoder': encoder,
            'num_channels': str(int(num_channels)),
            'dtype': dtype,
        }
        ClipTable.create(folder / TABLE, header)
        return cls(folder, encoder, device)

    def add(self, vectors: Tensor, records: Sequence[ClipRecord]) -> None:
        """Append (N, C) float vectors of any length but 0; all or none.

        Raises:
            UserError: If a vector is zero or not finite, a clip is there
                already, the shape is wrong or the disk is full.
        """
        if len(vectors) != len(records):
            raise UserError(
                f'found {len(vectors)} vectors for {len(records)} records'
            )
        units = self._rounded(unit_vectors(vectors, self.num_channels))
        if len(units):
            self.append_blocks(
                (units[i : i + CHECKED], records[i : i + CHECKED])
                for i in range(0, len(units), CHECKED)
            )

    def append_blocks(
        self, blocks: Iterable[tuple[np.ndarray, Sequence[ClipRecord]]]
    ) -> None:
        """Append rows as they are stored, in one transaction.

        Args:
            blocks: (n, C) unit vectors of the dtype of the index, and their
                records; each pair gets one checksum.
        """
        try:
            with self._clips.connect(writes=True) as base:
                query = 'SELECT count(*) FROM clip'
                (start,) = base.execute(query).fetchone()
                self._write_rows(base, start, blocks)
        except OSError as error:
            raise UserError(
                f'cannot write {self._vectors}: {error.strerror}; free some '
                'space or choose another place'
            ) from error
        self._reload()

    def search(
        self, vectors: Tensor, k: int, allowed: Tensor | None = None
    ) -> Neighbours:
        """Find the k nearest clips, see `VectorStore.search`.

        Args:
            vectors: (Q, C) float of any length but 0.
            k: At least 1.
            allowed: (M,) or (Q, M) bool.

        Raises:
            UserError: If the index has no clip or a query has no direction.
        """
        assert k >= 1, k
        if not self.count():
            raise UserError(f'no clip in {self.folder}; add some first')
        mask = self._alive
        if allowed is not None:
            mask = allowed.cpu() & mask
        found = search_exactly(
            self._table, unit_vectors(vectors, self.num_channels), k, mask
        )
        fewest = int(found.counts().min()) if len(vectors) else k
        if fewest < k:
            print_log(
                f'{k} clips wanted, {fewest} in {self.folder} may be found',
                logger='current',
            )
        return found

    def delete(self, clips: Sequence[str]) -> None:
        """Forget clips, see `VectorStore.delete`."""
        self._clips.remove(clips)
        self._reload()

    def count(self) -> int:
        """How many clips can be found."""
        return self._num_alive

    @property
    def num_rows(self) -> int:
        """Rows so far, removed ones counted."""
        return len(self._sources)

    def is_alive(self) -> Tensor:
        """(M,) bool, False for removed clips."""
        return self._alive.clone()

    def rows_of(self, clips: Sequence[str]) -> Tensor:
        """(N,) int64, see `VectorStore.rows_of`."""
        return torch.tensor(self._clips.rows_of(clips), dtype=torch.int64)

    def rows_of_source(self, source: str) -> Tensor:
        """Int64, see `VectorStore.rows_of_source`."""
        rows = self._clips.rows_of_source(source)
        return torch.tensor(rows, dtype=torch.int64)

    def source_ids(self, rows: Tensor) -> Tensor:
        """(N,) int64, equal where the clips are of one source."""
        return self._sources[rows]

    def records(self, rows: Tensor) -> list[ClipRecord]:
        """The records of (N,) rows."""
        return self._clips.records(rows.tolist())

    def clips(self) -> list[str]:
        """Names of all clips that can be found, in the order of bytes."""
        return self._clips.names()

    def origins(self) -> dict[str, tuple[str, str]]:
        """Source and content of each clip that can be found, by name."""
        return self._clips.origins()

    def rows_of_content(self, content: str) -> Tensor:
        """Int64, see `VectorStore.rows_of_content`."""
        rows = self._clips.rows_of_content(content)
        return torch.tensor(rows, dtype=torch.int64)

    def vectors(self, rows: Tensor) -> Tensor:
        """(N, C) float32, the unit vectors of (N,) rows."""
        return self._table[rows.to(self.device)].float().cpu()

    def stored_rows(self, rows: Tensor) -> np.ndarray:
        """(N, C) of the dtype of the index, for `append_blocks`."""
        return self._table[rows.to(self.device)].cpu().numpy()

    def flush(self) -> None:
        """Nothing to do: what `add` and `delete` did is on disk."""

    def _read_header(self, encoder: str | None) -> None:
        header = self._clips.header()
        found = header.get('format'), header.get('version')
        if found != (_FORMAT, VERSION):
            raise UserError(
                f'{self.folder} is of format {found}, expected '
                f'{(_FORMAT, VERSION)}; make the index again'
            )
        self.encoder = header['encoder']
        self.num_channels = int(header['num_channels'])
        self.dtype = header['dtype']
        if encoder not in (None, self.encoder):
            same, _, segments = self.encoder.rpartition('x')
            advice = 'use that one or make the index again'
            if same and same == encoder.rpartition('x')[0]:
                advice = f'they differ in --segments alone, it has {segments}'
            raise UserError(
                f'{self.folder} was made by encoder {self.encoder}, found '
                f'encoder {encoder}; {advice}'
            )

    def _rounded(self, units: Tensor) -> np.ndarray:
        return units.numpy().astype(_DTYPES[self.dtype])

    def _write_rows(
        self,
        base: sqlite3.Connection,
        start: int,
        blocks: Iterable[tuple[np.ndarray, Sequence[ClipRecord]]],
    ) -> None:
        handle = os.open(self._vectors, os.O_RDWR | os.O_CREAT, 0o666)
        with open(handle, 'r+b') as file:
            file.truncate(start * self._row_bytes)  # left by a killed append
            file.seek(0, os.SEEK_END)
            for units, records in blocks:
                content = np.ascontiguousarray(units).tobytes()
                file.write(content)
                append_block(base, start, records, zlib.crc32(content))
                start += len(records)
            file.flush()
            os.fsync(file.fileno())

    @property
    def _row_bytes(self) -> int:
        return self.num_channels * np.dtype(_DTYPES[self.dtype]).itemsize

    def _reload(self) -> None:
        """Take over what was committed since."""
        sources, rows, gone = self._clips.states(self.num_rows)
        assert np.array_equal(rows, np.arange(len(rows)) + self.num_rows)
        self._sources = torch.cat(
            [self._sources, torch.from_numpy(sources.astype(np.int64))]
        )
        self._alive = torch.ones(self.num_rows, dtype=torch.bool)
        self._alive[torch.from_numpy(gone)] = False
        self._num_alive = int(self._alive.sum())
        self._map_vectors()

    def _map_vectors(self) -> None:
        shape = (self.num_rows, self.num_channels)
        size = self.num_rows * self._row_bytes
        there = self._vectors.stat().st_size if self._vectors.exists() else 0
        if there < size:
            raise UserError(
                f'{self._vectors} is damaged ({there} bytes, expected {size})'
                '; make the index again'
            )
        if size:  # 'c': torch wants it writable, the file stays as it is
            mapped = np.memmap(
                self._vectors, _DTYPES[self.dtype], 'c', shape=shape
            )
        else:
            mapped = np.zeros(shape, _DTYPES[self.dtype])
        self._table = torch.from_numpy(mapped).to(self.device)

    def _check_vectors(self) -> None:
        if not self.num_rows:
            return
        with open(self._vectors, 'rb') as file:
            for _, num_rows, checksum, _ in self._clips.blocks():
                content = file.read(num_rows * self._row_bytes)
                if zlib.crc32(content) != checksum:
                    raise UserError(
                        f'{self._vectors} is damaged (a checksum differs); '
                        'make the index again'
                    )
