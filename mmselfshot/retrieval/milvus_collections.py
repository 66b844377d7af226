"""Collections of Milvus that hold clips, and how to reach them."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmselfshot.retrieval.vector_store import ClipRecord
from mmselfshot.utils import UserError

COLLECTION = 'mmselfshot_clips'
TEXT = 8192  # bytes of a name


def connect(address: str, token: str) -> Any:
    """Open a client of Milvus.

    Args:
        address: A file ending in .db, or a server.
        token: 'user:password' or a key; '' for none.

    Raises:
        UserError: If pymilvus is not installed or nothing answers.
    """
    try:
        from pymilvus import MilvusClient, MilvusException
    except ImportError:
        raise UserError(
            'pymilvus is not installed; pip install pymilvus milvus-lite'
        ) from None
    try:
        return MilvusClient(address, token=token)
    except (MilvusException, OSError) as error:
        raise UserError(
            f'no Milvus at {address} ({first_line(error)}); expected a file '
            'ending in .db or the address of a server'
        ) from error


def has_clips(address: str, collection: str, token: str = '') -> bool:
    """Whether an address holds a collection of clips."""
    client = connect(address, token)
    try:
        return client.has_collection(header_of(collection))
    finally:
        client.close()


def header_of(collection: str) -> str:
    """Name of the small collection that belongs to one of clips."""
    return f'{collection}_header'


def create_clips(
    client: Any, name: str, num_channels: int, kind: str, params: dict
) -> None:
    """Make the collection of the clips, with an index of a kind."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field('row', DataType.INT64, is_primary=True)
    schema.add_field('vector', DataType.FLOAT_VECTOR, dim=num_channels)
    for field in ('clip_id', 'source_id', 'content_id'):
        schema.add_field(field, DataType.INT64)
    for field in ('clip', 'source', 'content'):
        schema.add_field(field, DataType.VARCHAR, max_length=TEXT)
    for field in ('start', 'end'):
        schema.add_field(field, DataType.DOUBLE)
    index = client.prepare_index_params()
    index.add_index('vector', index_type=kind, metric_type='IP', params=params)
    client.create_collection(
        name, schema=schema, index_params=index, consistency_level='Strong'
    )


def create_header(client: Any, name: str) -> None:
    """Make the small collection of names and values."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field('name', DataType.VARCHAR, is_primary=True, max_length=64)
    schema.add_field('value', DataType.VARCHAR, max_length=TEXT)
    schema.add_field('none', DataType.FLOAT_VECTOR, dim=2)  # one is a must
    index = client.prepare_index_params()
    index.add_index('none', index_type='FLAT', metric_type='IP')
    client.create_collection(
        name, schema=schema, index_params=index, consistency_level='Strong'
    )


def write_header(client: Any, name: str, header: dict[str, str]) -> None:
    """Set some of the values."""
    client.upsert(
        name,
        [
            {'name': key, 'value': value, 'none': [1.0, 0.0]}
            for key, value in header.items()
        ],
    )


def entities_of(
    rows: np.ndarray, units: np.ndarray, records: Sequence[ClipRecord]
) -> list[dict[str, Any]]:
    """What Milvus is given: (N,) rows, (N, C) float32, N records."""
    return [
        {
            'row': int(row),
            'vector': unit,
            'clip_id': id_of(one.clip),
            'source_id': id_of(one.source),
            'content_id': id_of(one.content),
            'clip': one.clip,
            'source': one.source,
            'content': one.content,
            'start': float(one.start),
            'end': float(one.end),
        }
        for row, unit, one in zip(rows, units, records)
    ]


def id_of(text: str) -> int:
    """64 bits of a hash, signed."""
    digest = hashlib.sha256(text.encode(errors='surrogateescape')).digest()
    return int.from_bytes(digest[:8], 'big', signed=True)


def first_line(error: Exception) -> str:
    """What an error says, without its traceback."""
    text = str(getattr(error, 'message', '') or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
