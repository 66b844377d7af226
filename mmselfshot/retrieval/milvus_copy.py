"""A flat index copied to Milvus, and kept up to date there."""

from mmselfshot.retrieval.flat_index import FlatIndex
from mmselfshot.retrieval.milvus_collections import COLLECTION, has_clips
from mmselfshot.retrieval.milvus_store import MilvusStore

_BATCH = 2000  # clips


def fill_milvus(
    index: FlatIndex,
    address: str,
    collection: str = COLLECTION,
    token: str = '',
) -> tuple[int, int]:
    """Make a collection if there is none, and `copy_to_milvus`.

    Args:
        index: What it gets.
        address: See `MilvusStore`; so are collection and token.

    Raises:
        UserError: If the collection is of another encoder, or Milvus cannot
            be reached.
    """
    if has_clips(address, collection, token):
        store = MilvusStore(address, index.encoder, collection, token)
    else:
        store = MilvusStore.create(
            address, index.encoder, index.num_channels, collection, token
        )
    try:
        return copy_to_milvus(index, store)
    finally:
        store.close()


def copy_to_milvus(index: FlatIndex, store: MilvusStore) -> tuple[int, int]:
    """Bring a collection up to what an index holds.

    Args:
        index: Of the same encoder.
        store: Gets the clips that it lacks or that have changed, and forgets
            the others.

    Returns:
        How many clips were added, and how many removed.
    """
    wanted, there = index.origins(), store.origins()
    gone = [name for name, one in there.items() if wanted.get(name) != one]
    if gone:
        store.delete(gone)
    fresh = [name for name in index.clips() if there.get(name) != wanted[name]]
    for at in range(0, len(fresh), _BATCH):
        rows = index.rows_of(fresh[at : at + _BATCH])
        store.add(index.vectors(rows), index.records(rows))
    store.flush()
    return len(fresh), len(gone)
