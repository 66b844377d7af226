"""What a store of clip vectors offers, whatever holds the vectors.

Shapes: M rows of the store (removed ones counted), Q queries, C channels.
A row is a clip's place in the store; it never changes and is never used
again, so that a list of rows stays valid while the store grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from mmselfshot.utils import UserError


@dataclass(frozen=True)
class ClipRecord:
    """Where a vector comes from.

    Args:
        clip: Name of the clip, unique in a store.
        source: Name of the video that the clip was cut from.
        start: Seconds from the start of the source.
        end: Seconds, not before `start`.
        content: What the vector was made from, e.g. a fingerprint of the
            file; another one means that the clip has changed.
    """

    clip: str
    source: str
    start: float
    end: float
    content: str = ''


@dataclass(frozen=True)
class Neighbours:
    """The rows nearest to each query, nearest first.

    Args:
        rows: (Q, k) int64, -1 where a query has fewer than k.
        similarity: (Q, k) float64, cosine in [-1, 1], never growing along a
            row of the table; -inf where `rows` is -1.
    """

    rows: Tensor
    similarity: Tensor

    def counts(self) -> Tensor:
        """(Q,) int64, how many each query has."""
        return (self.rows >= 0).sum(1)


class VectorStore(Protocol):
    """Vectors with records, searched by cosine similarity."""

    encoder: str
    """Hash of the encoder that made the vectors."""
    num_channels: int
    num_rows: int
    """Rows so far, removed ones counted: the M of masks."""

    def add(self, vectors: Tensor, records: Sequence[ClipRecord]) -> None:
        """Append (N, C) float vectors with N records; all or none.

        Raises:
            UserError: If a vector is zero or not finite, or a clip is there.
        """

    def search(
        self, vectors: Tensor, k: int, allowed: Tensor | None = None
    ) -> Neighbours:
        """Find the k rows nearest to each of (Q, C) float vectors.

        Equal similarities go to the smaller row. If fewer than k clips may
        be found, those are returned and one line says so.

        Args:
            allowed: (M,) or (Q, M) bool, False for rows not to be found.

        Raises:
            UserError: If the store has no clip or a query has no direction.
        """

    def delete(self, clips: Sequence[str]) -> None:
        """Forget clips, by name; their rows are never found again.

        Raises:
            UserError: If there is no such clip.
        """

    def count(self) -> int:
        """How many clips can be found."""

    def is_alive(self) -> Tensor:
        """(M,) bool, False for removed rows; the caller's own copy."""

    def rows_of(self, clips: Sequence[str]) -> Tensor:
        """(N,) int64 rows of clips, by name.

        Raises:
            UserError: If there is no such clip.
        """

    def rows_of_source(self, source: str) -> Tensor:
        """Rows of all clips of a source, int64, rising; maybe none."""

    def rows_of_content(self, content: str) -> Tensor:
        """Rows of all clips made from this content, int64; maybe none."""

    def source_ids(self, rows: Tensor) -> Tensor:
        """(N,) int64, equal where the clips are of one source."""

    def records(self, rows: Tensor) -> list[ClipRecord]:
        """The records of (N,) rows."""

    def vectors(self, rows: Tensor) -> Tensor:
        """(N, C) float32, the unit vectors of (N,) rows."""

    def flush(self) -> None:
        """Make sure that what was added and removed is on disk."""


def siblings_of(store: VectorStore, rows: Tensor) -> list[str]:
    """Names of all clips of the sources of (N,) rows, these ones too."""
    sources = dict.fromkeys(one.source for one in store.records(rows))
    return [
        one.clip
        for source in sources
        for one in store.records(store.rows_of_source(source))
    ]


def unit_vectors(vectors: Tensor, num_channels: int) -> Tensor:
    """Divide vectors by their lengths, in float64.

    Scaled copies of a vector come out equal, also when rounded to float32.

    Args:
        vectors: (N, C) float.
        num_channels: The C that is expected.

    Returns:
        (N, C) float64 on the CPU.

    Raises:
        UserError: If the shape is another one, or if a vector is zero or not
            finite: it has no direction.
    """
    if vectors.ndim != 2 or vectors.shape[1] != num_channels:
        raise UserError(
            f'found vectors of shape {tuple(vectors.shape)}, expected '
            f'(N, {num_channels}); use the encoder that the index was made by'
        )
    vectors = vectors.detach().cpu().double()
    # by the largest entry first: squares of tiny or huge ones leave float64
    largest = vectors.abs().amax(1, keepdim=True)
    bad = ~(torch.isfinite(largest) & (largest > 0)).flatten()
    if bad.any():
        rows = bad.nonzero().flatten().tolist()
        raise UserError(
            f'{len(rows)} of {len(vectors)} vectors are zero or not finite, '
            f'the first is number {rows[0]}; check the encoder and its clips'
        )
    return F.normalize(vectors / largest, dim=1)
