"""Vectors of clips on disk, search among them, and choice of supports."""

from mmselfshot.retrieval.flat_index import FlatIndex
from mmselfshot.retrieval.index_merge import merge_indexes
from mmselfshot.retrieval.support_selection import SupportSelector
from mmselfshot.retrieval.vector_store import (
    ClipRecord,
    Neighbours,
    VectorStore,
)

__all__ = [
    'ClipRecord',
    'FlatIndex',
    'Neighbours',
    'SupportSelector',
    'VectorStore',
    'merge_indexes',
]
