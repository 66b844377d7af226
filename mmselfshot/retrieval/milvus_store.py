"""Clips in Milvus: embedded in a file, or a cluster by another address.

Vectors and records are a collection; a second small one, `<name>_header`,
holds what made the vectors and the next free row. Names are found by 64 bits
of their hash and then compared, since expressions of Milvus Lite have no
parameters. What the server proposes is compared again in float64, so that
similarities and ties are those of `FlatIndex`.
Shapes: M rows, Q queries, C channels.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor

from mmselfshot.retrieval.milvus_collections import (
    COLLECTION,
    connect,
    create_clips,
    create_header,
    entities_of,
    first_line,
    header_of,
    id_of,
    write_header,
)
from mmselfshot.retrieval.milvus_search import compare_again, filter_of
from mmselfshot.retrieval.vector_store import (
    ClipRecord,
    Neighbours,
    unit_vectors,
)
from mmselfshot.utils import UserError

VERSION = '1'
MAX_FOUND = 16384  # Milvus's own limit of a search
_FORMAT = 'mmselfshot milvus store'
_SPARE = 16  # rows compared again beyond k
_BATCH = 2000  # rows of one request
_RECORD = ['row', 'clip', 'source', 'start', 'end', 'content']


class MilvusStore:
    """Clips found by the cosine of their vectors, a `VectorStore`.

    It sees what was there when it was opened and what it did since. One
    process may write at a time; a call killed within `add` leaves whole
    clips of its beginning. A file of Milvus Lite is held by one process.

    Args:
        address: Of a file ending in .db, which Milvus Lite opens, or of a
            server, e.g. 'http://localhost:19530'.
        encoder: Hash of the encoder in use; None: take whatever is there.
        collection: Name of the collection.
        token: 'user:password' or a key, for servers that ask.

    Raises:
        UserError: If pymilvus is not installed, nothing answers, there is no
            such collection, or it is of another encoder or format.
    """

    def __init__(
        self,
        address: str,
        encoder: str | None = None,
        collection: str = COLLECTION,
        token: str = '',
    ) -> None:
        self.address = address
        self.collection = collection
        self._client = connect(address, token)
        with self._errors():
            if not self._client.has_collection(self._header):
                raise UserError(
                    f'no collection {collection} in {address}; make it with '
                    'tools/index_pool.py --milvus'
                )
            self._client.load_collection(collection)
            self._client.load_collection(self._header)
            header = self._read_header()
        found = header.get('format'), header.get('version')
        if found != (_FORMAT, VERSION):
            raise UserError(
                f'{address} is of format {found}, expected '
                f'{(_FORMAT, VERSION)}; make the collection again'
            )
        self.encoder = header['encoder']
        self.num_channels = int(header['num_channels'])
        if encoder not in (None, self.encoder):
            raise UserError(
                f'{address} was made by encoder {self.encoder}, found '
                f'encoder {encoder}; use that one or make it again'
            )
        self._next_row = int(header['next_row'])
        self._rows = self._read_rows()

    @classmethod
    def create(
        cls,
        address: str,
        encoder: str,
        num_channels: int,
        collection: str = COLLECTION,
        token: str = '',
        index_type: str = 'FLAT',
        index_params: dict[str, Any] | None = None,
    ) -> 'MilvusStore':
        """Make an empty collection.

        Args:
            index_type: Of Milvus; FLAT is exact, others may miss clips.
            index_params: Of that type.

        Raises:
            UserError: If there is one already.
        """
        client = connect(address, token)
        if client.has_collection(header_of(collection)):
            client.close()
            raise UserError(
                f'{address} holds the collection {collection}; choose '
                'another name or address'
            )
        create_clips(
            client, collection, num_channels, index_type, index_params or {}
        )
        create_header(client, header_of(collection))
        header = {
            'format': _FORMAT,
            'version': VERSION,
            'encoder': encoder,
            'num_channels': str(num_channels),
            'next_row': '0',
        }
        write_header(client, header_of(collection), header)
        client.close()
        return cls(address, encoder, collection, token)

    @property
    def num_rows(self) -> int:
        """Rows so far, removed ones counted."""
        return self._next_row

    def add(self, vectors: Tensor, records: Sequence[ClipRecord]) -> None:
        """Append (N, C) float vectors with N records, see `VectorStore`."""
        if len(vectors) != len(records):
            raise UserError(
                f'found {len(vectors)} vectors for {len(records)} records'
            )
        units = unit_vectors(vectors, self.num_channels).float().numpy()
        names = [one.clip for one in records]
        if len(set(names)) < len(names):
            raise UserError('a clip comes twice; give each its own name')
        for one in self._entities('clip_id', map(id_of, names), ['clip']):
            if one['clip'] in names:
                raise UserError(
                    f'clip {one["clip"]!r} is in {self.address} already; '
                    'delete it first'
                )
        start = self._next_row
        with self._errors():
            # first, so that a row of a killed call is never used again
            self._write('next_row', str(start + len(names)))
        self._next_row += len(names)
        rows = np.arange(start, self._next_row)
        try:
            with self._errors():
                for at in range(0, len(rows), _BATCH):
                    part = slice(at, at + _BATCH)
                    self._client.insert(
                        self.collection,
                        entities_of(rows[part], units[part], records[part]),
                    )
        except UserError:
            self._remove(rows)  # all or none
            raise
        self._rows = np.concatenate([self._rows, rows])

    def search(
        self, vectors: Tensor, k: int, allowed: Tensor | None = None
    ) -> Neighbours:
        """Find the k nearest clips, see `VectorStore.search`."""
        assert k >= 1, k
        if not self.count():
            raise UserError(f'no clip in {self.address}; add some first')
        queries = unit_vectors(vectors, self.num_channels)
        masks = [None] * len(queries)
        if allowed is not None:
            masks = list(allowed.cpu().expand(len(queries), -1))
        parts = [
            self._search_one(query, k, mask)
            for query, mask in zip(queries, masks)
        ]
        width = max((len(rows) for rows, _ in parts), default=0)
        rows = torch.full((len(parts), width), -1)
        similarity = torch.full((len(parts), width), float('-inf')).double()
        for number, (found, cosines) in enumerate(parts):
            rows[number, : len(found)] = found
            similarity[number, : len(found)] = cosines
        fewest = min((len(found) for found, _ in parts), default=k)
        if fewest < k:
            print_log(
                f'{k} clips wanted, {fewest} in {self.address} may be found',
                logger='current',
            )
        return Neighbours(rows, similarity)

    def delete(self, clips: Sequence[str]) -> None:
        """Forget clips, see `VectorStore.delete`."""
        self._remove(self.rows_of(clips).numpy())

    def count(self) -> int:
        """How many clips can be found."""
        return len(self._rows)

    def is_alive(self) -> Tensor:
        """(M,) bool, False for removed clips."""
        alive = torch.zeros(self.num_rows, dtype=torch.bool)
        alive[torch.from_numpy(self._rows)] = True
        return alive

    def rows_of(self, clips: Sequence[str]) -> Tensor:
        """(N,) int64, see `VectorStore.rows_of`."""
        found = {
            one['clip']: one['row']
            for one in self._entities(
                'clip_id', map(id_of, clips), ['row', 'clip']
            )
        }
        missing = [name for name in clips if name not in found]
        if missing:
            raise UserError(
                f'no clip {missing[0]!r} in {self.address} (and '
                f'{len(missing) - 1} others); check the names'
            )
        return torch.tensor([found[one] for one in clips], dtype=torch.int64)

    def rows_of_source(self, source: str) -> Tensor:
        """Int64, see `VectorStore.rows_of_source`."""
        return self._rows_where('source_id', 'source', source)

    def rows_of_content(self, content: str) -> Tensor:
        """Int64, see `VectorStore.rows_of_content`."""
        return self._rows_where('content_id', 'content', content)

    def source_ids(self, rows: Tensor) -> Tensor:
        """(N,) int64, equal where the clips are of one source."""
        found = self._get(rows, ['source_id'])
        ids = [one['source_id'] for one in found]
        return torch.tensor(ids, dtype=torch.int64)

    def records(self, rows: Tensor) -> list[ClipRecord]:
        """The records of (N,) rows."""
        return [
            ClipRecord(*(one[name] for name in _RECORD[1:]))
            for one in self._get(rows, _RECORD)
        ]

    def origins(self) -> dict[str, tuple[str, str]]:
        """Source and content of each clip that can be found, by name."""
        fields = ['clip', 'source', 'content']
        return {
            one['clip']: (one['source'], one['content'])
            for one in self._entities('row', self._rows.tolist(), fields)
        }

    def vectors(self, rows: Tensor) -> Tensor:
        """(N, C) float32, the unit vectors of (N,) rows."""
        found = [one['vector'] for one in self._get(rows, ['vector'])]
        units = np.array(found, np.float32).reshape(-1, self.num_channels)
        return torch.from_numpy(units)

    def flush(self) -> None:
        """Make sure that what was added and removed is on disk."""
        with self._errors():
            self._client.flush(self.collection)
            self._client.flush(self._header)

    def close(self) -> None:
        """Let go of the address."""
        self._client.close()

    @property
    def _header(self) -> str:
        return header_of(self.collection)

    def _read_header(self) -> dict[str, str]:
        found = self._client.query(
            self._header, filter='name != ""', output_fields=['name', 'value']
        )
        return {one['name']: one['value'] for one in found}

    def _write(self, name: str, value: str) -> None:
        write_header(self._client, self._header, {name: value})

    def _read_rows(self) -> np.ndarray:
        """(N,) int64, rising: rows that are not removed."""
        rows: list[int] = []
        with self._errors():
            for start in range(0, self._next_row, _BATCH):
                found = self._client.query(
                    self.collection,
                    filter=f'row >= {start} and row < {start + _BATCH}',
                    output_fields=['row'],
                )
                rows += sorted(one['row'] for one in found)
        return np.array(rows, np.int64)

    def _remove(self, rows: np.ndarray) -> None:
        with self._errors():
            for at in range(0, len(rows), _BATCH):
                part = rows[at : at + _BATCH].tolist()
                self._client.delete(self.collection, ids=part)
        self._rows = self._rows[~np.isin(self._rows, rows)]

    def _search_one(
        self, query: Tensor, k: int, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Rows and similarities of one query, at most k."""
        where, num = filter_of(self._rows, mask)
        if min(k, num) > MAX_FOUND:
            raise UserError(
                f'k = {k}; Milvus finds at most {MAX_FOUND} clips at once'
            )
        if not num:
            return torch.zeros(0).long(), torch.zeros(0).double()
        with self._errors():
            (found,) = self._client.search(
                self.collection,
                data=[query.float().tolist()],
                anns_field='vector',
                limit=min(k + _SPARE, num, MAX_FOUND),
                filter=where,
                output_fields=['vector'],
            )
        return compare_again(found, query, k)

    def _rows_where(self, field: str, name: str, value: str) -> Tensor:
        found = self._entities(field, [id_of(value)], ['row', name])
        rows = sorted(one['row'] for one in found if one[name] == value)
        return torch.tensor(rows, dtype=torch.int64)

    def _get(self, rows: Tensor, fields: Sequence[str]) -> list[dict]:
        """Entities of rows, in their order."""
        wanted = rows.tolist()
        found = {
            one['row']: one
            for one in self._entities('row', set(wanted), ['row', *fields])
        }
        missing = [row for row in wanted if row not in found]
        assert not missing, f'rows {missing[:3]} are removed'
        return [found[row] for row in wanted]

    def _entities(
        self, field: str, values: Any, fields: Sequence[str]
    ) -> Iterator[dict]:
        values = list(values)
        for at in range(0, len(values), _BATCH):
            with self._errors():
                yield from self._client.query(
                    self.collection,
                    filter=f'{field} in {values[at : at + _BATCH]}',
                    output_fields=list(fields),
                )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """A refusal of the server becomes one line."""
        from pymilvus import MilvusException

        try:
            yield
        except MilvusException as error:
            raise UserError(
                f'{self.address} refuses ({first_line(error)}); check the '
                'server and its disk'
            ) from error
