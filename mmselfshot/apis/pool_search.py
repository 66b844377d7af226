"""Find the clips of a pool that support a query video.

Source: Self-Shot VIS (ECCV 2022), Eq. (3); semi-shot: Sec. 5, Tab. 5.
Selection beyond the k nearest is in `support_selection`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor

from mmselfshot.apis.clip_embedder import ClipEmbedder, segments_of
from mmselfshot.apis.index_origin import checkpoint_of
from mmselfshot.datasets.clip_pool import PoolClip, read_pool, video_of
from mmselfshot.datasets.pool_clip import read_clip
from mmselfshot.retrieval import (
    ClipRecord,
    FlatIndex,
    SupportSelector,
    VectorStore,
)
from mmselfshot.retrieval.clip_content import content_of
from mmselfshot.retrieval.support_selection import Supports
from mmselfshot.retrieval.vector_store import siblings_of
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoError

BACKENDS = ('exact', 'faiss', 'milvus')
Say = Callable[[str], None]


@dataclass(frozen=True)
class PoolSearchResult:
    """A query and its supports.

    Args:
        query: The video that was asked for, with its times.
        source: Whose clips were excluded; None: of no source.
        pinned: Names of clips that were asked for.
        supports: What was found, nearest first after the pinned ones.
        encoder: Hash of the encoder and the number of segments.
        num_clips: Clips that can be found.
    """

    query: PoolClip
    source: str | None
    pinned: list[str]
    supports: Supports
    encoder: str
    num_clips: int


@dataclass(frozen=True)
class LabelledVideos:
    """What shows the same as a query.

    Args:
        names: Clips of the pool.
        vectors: (O, C) of videos; None: of none.
        same: Clips of the pool that these videos were cut to.
        siblings: All clips of the sources of both.
    """

    names: list[str]
    vectors: Tensor | None
    same: list[str]
    siblings: list[str]


class PoolSearcher:
    """Searches an index for supports of query videos.

    Args:
        cfg: A config with `model.encoder`, that of the index.
        checkpoint: See `ClipEmbedder`.
        index: Folder of the index, or the address of a Milvus store.
        backend: 'exact'; 'faiss' where it is installed and finds enough of
            the exact answer, else exact, which is said; 'milvus'.
        min_recall: Share of the exact answer that faiss has to find.
        device: As torch names it; None for the GPU if there is one.
        say: Gets the lines for people.

    Raises:
        UserError: If the index is damaged, empty or of another encoder, or
            config or checkpoint cannot be used.
    """

    def __init__(
        self,
        cfg: Config | Mapping[str, Any],
        checkpoint: str,
        index: str | Path,
        backend: str = 'exact',
        min_recall: float = 0.98,
        device: str | None = None,
        say: Say = print,
    ) -> None:
        self._say = say
        store = _open(index, backend)
        self.embedder = ClipEmbedder(
            cfg, checkpoint, segments_of(store.encoder), device
        )
        if store.encoder != self.embedder.hash:
            told = checkpoint_of(index)
            raise UserError(
                f'{index} was made by encoder {store.encoder}'
                f'{f" of {told}" if told else ""}, found encoder '
                f'{self.embedder.hash}; give the config and checkpoint that '
                'it was made with, or make the index again'
            )
        if not store.count():
            raise UserError(
                f'{index} holds no clip; fill it with tools/index_pool.py'
            )
        if backend == 'faiss':
            from mmselfshot.retrieval.faiss_search import fast_or_exact

            store = fast_or_exact(store, min_recall)
        self.store: VectorStore = store

    def vector_of(self, clip: PoolClip) -> Tensor:
        """Encode a video of any length, in the memory of a few frames.

        Returns:
            (C,) float32, of length 1.

        Raises:
            VideoError: If it cannot be read or its vector has no direction.
        """
        embedder = self.embedder
        found = read_clip(clip, embedder.num_segments, embedder.num_frames)
        vector = embedder(found.frames)
        if not (torch.isfinite(vector).all() and vector.any()):
            raise VideoError(
                f'the vector of {clip.path} is zero or not finite; check the '
                'encoder and the video'
            )
        return vector

    def read_labelled(self, labelled: Sequence[str]) -> LabelledVideos:
        """Encode what helps to find more, once for many queries.

        Args:
            labelled: Names of clips of the pool, or videos.

        Raises:
            UserError: If a clip is not in the pool, or see `vector_of`.
        """
        names, vectors, same = [], [], []
        for one in labelled:
            path = Path(one)
            if not path.exists():
                self.store.rows_of([one])  # raises where there is no such
                names.append(one)
                continue
            rows = self.store.rows_of_content(content_of(path))
            same += [record.clip for record in self.store.records(rows)]
            vectors.append(self.vector_of(PoolClip(path.name, path, one)))
        return LabelledVideos(
            names,
            torch.stack(vectors) if vectors else None,
            same,
            siblings_of(self.store, self.store.rows_of([*names, *same])),
        )

    def __call__(
        self,
        query: str | Path,
        k: int = 5,
        start: float | None = None,
        end: float | None = None,
        source: str | None = None,
        labelled: Sequence[str] | LabelledVideos = (),
        pinned: Sequence[str] = (),
        banned: Sequence[str] = (),
        **selection: Any,
    ) -> PoolSearchResult:
        """Find supports for a video.

        Args:
            query: A video file or a folder of frames.
            k: How many, pinned ones counted.
            start: Seconds; where the query begins, None: with the video.
            end: Seconds; None: the query ends with the video.
            source: Whose clips are excluded; None: those of the same video
                in the pool, known by name or content, and its copies.
            labelled: Names of clips of the pool, or videos, that show the
                same as the query, or what `read_labelled` gives; they help
                to find more and are excluded with all clips cut from them,
                with `one_per_source` all clips of their sources.
            pinned: Names of clips taken in any case, in this order.
            banned: Names of clips never taken.
            selection: More options of `SupportSelector`.

        Raises:
            UserError: If a clip is not in the pool or the lists contradict
                each other; VideoError, see `vector_of`.
        """
        _check_wish(k, selection.get('relevance_weight'))
        path = Path(query)
        clip = PoolClip(path.name, path, path.name, start, end)
        vector = self.vector_of(clip)
        if not isinstance(labelled, LabelledVideos):
            labelled = self.read_labelled(labelled)
        banned = [*banned, *labelled.same]
        if source is None:
            wanted = {*pinned, *labelled.names}
            rows = self.store.rows_of_content(content_of(path))
            copies = self.store.records(rows)
            banned += [one.clip for one in copies if one.clip not in wanted]
            source = copies[0].source if copies else self._named(path)
        source = self._leave_out(source)
        if selection.get('one_per_source'):
            banned += [one for one in labelled.siblings if one not in pinned]
        supports = SupportSelector(k, **selection).select(
            self.store,
            vector,
            source,
            oracles=labelled.names,
            oracle_vectors=labelled.vectors,
            pinned=pinned,
            banned=banned,
        )
        return PoolSearchResult(
            clip,
            source,
            list(pinned),
            supports,
            self.store.encoder,
            self.store.count(),
        )

    def _named(self, path: Path) -> str | None:
        """The source that has the name of a video."""
        for name in (path.name, path.stem):
            if len(self.store.rows_of_source(name)):
                return name
        return None

    def _leave_out(self, source: str | None) -> str | None:
        if source is not None:
            num = len(self.store.rows_of_source(source))
            self._say(f'{num} clips of the source {source} are left out')
        return source


def paths_of_pool(pool: str | Path | None) -> dict[str, Path]:
    """Paths of the clips of a pool by name; none if it is not there."""
    if pool is None or not Path(pool).exists():
        return {}
    return {clip.name: clip.path for clip in read_pool(pool)}


def find_clips(
    records: Sequence[ClipRecord], paths: Mapping[str, Path]
) -> list[PoolClip | None]:
    """Where clips lie; None for those that are not found.

    Args:
        records: Of the clips.
        paths: See `paths_of_pool`.
    """
    found: list[PoolClip | None] = []
    for one in records:
        path = paths.get(one.clip, paths.get(video_of(one.clip)))
        clip = None
        if path is not None:
            clip = PoolClip(one.clip, path, one.source, one.start, one.end)
        found.append(clip)
    return found


def _open(index: str | Path, backend: str) -> VectorStore:
    if backend not in BACKENDS:
        raise UserError(f'backend {backend!r} is none of {BACKENDS}')
    if backend == 'milvus':
        from mmselfshot.retrieval.milvus_store import MilvusStore

        return MilvusStore(str(index))
    return FlatIndex(index)


def _check_wish(k: int, weight: float | None) -> None:
    if k < 1 or not (weight is None or 0 <= weight <= 1):
        raise UserError(
            f'k = {k} and a diversity of {weight}; expected 1 or more '
            'clips and a weight from 0 to 1'
        )
