"""Which videos support a query of `tools/predict.py`.

Source: Self-Shot VIS (ECCV 2022), Eq. (3): the clips of a pool that are
nearest to the query. Ours: at most one clip of a video. Given videos come
first and, as in the paper's semi-shot setting (Tab. 5), help to find others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmselfshot.apis.index_origin import encoder_of, pool_of
from mmselfshot.apis.pool_search import (
    PoolSearcher,
    PoolSearchResult,
    find_clips,
    paths_of_pool,
)
from mmselfshot.datasets.pool_clip import PoolClip, sample_frames
from mmselfshot.retrieval import ClipRecord
from mmselfshot.retrieval.clip_content import content_of
from mmselfshot.utils import UserError
from mmselfshot.utils.hashes import hash_of
from mmselfshot.utils.video_io import VideoError, find_videos

NUM_SUPPORTS = 5  # paper: 1 or 5
Say = Callable[[str], None]


@dataclass(frozen=True)
class QuerySupport:
    """A video or clip that supports a query.

    Args:
        clip: Where it lies.
        similarity: Cosine to the query, None for a given one.
    """

    clip: PoolClip
    similarity: float | None = None

    def __str__(self) -> str:
        if self.similarity is None:
            return self.clip.name
        return f'{self.clip.name} ({self.similarity:.3f})'

    def describe(self) -> dict[str, Any]:
        """What `video.json` says of it."""
        return {
            'name': self.clip.name,
            'path': str(self.clip.path.resolve()),
            'start': self.clip.start,
            'end': self.clip.end,
            'similarity': self.similarity,
            'content': content_of(self.clip.path),
        }


@dataclass(frozen=True)
class ChosenSupports:
    """What supports a query.

    Args:
        used: Given ones, then those that were found, best first.
        left_out: Names of clips that were found and cannot be read.
    """

    used: list[QuerySupport]
    left_out: list[str]


class QuerySupports:
    """Chooses the supports of queries.

    Given ones are encoded and the pool is listed once for many queries.

    Attributes:
        key: Tells other choices apart: contents of given videos, clips and
            encoder of the pool.

    Args:
        given: Videos, folders of frames or still images, or folders of
            these, that support every query.
        pool: Folder of an index, made by tools/index_pool.py; None: no
            others are looked for.
        num_found: Clips of the pool at most for each query.
        encoder: Config with `model.encoder`, and checkpoint, see
            `PoolSearcher`; None: those that the index names.
        pool_videos: Where the pool is now; None: where it was.
        device: As torch names it; None for the GPU if there is one.

    Raises:
        UserError: If a given video cannot be read, the pool is not where it
            is said to be, or the index cannot be used, see `PoolSearcher`;
            with it, if the vector of a given video has no direction.
    """

    def __init__(
        self,
        given: Sequence[str | Path] = (),
        pool: str | Path | None = None,
        num_found: int = NUM_SUPPORTS,
        encoder: tuple[Mapping[str, Any], str] | None = None,
        pool_videos: str | Path | None = None,
        device: str | None = None,
    ) -> None:
        self.given = [one for path in given for one in _read_given(path)]
        self.num_found = num_found
        self._say: Say = print
        self.searcher: PoolSearcher | None = None
        made_from: list[Any] = [
            [one.clip.name, content_of(one.clip.path)] for one in self.given
        ]
        if pool is not None:
            if num_found < 1:
                raise UserError(f'{num_found} supports; expected 1 or more')
            if pool_videos is not None and not Path(pool_videos).exists():
                raise UserError(
                    f'no pool {pool_videos}; say with --pool-videos where '
                    'the videos of the pool are now'
                )
            self.searcher = PoolSearcher(
                *(encoder or encoder_of(pool)),
                pool,
                device=device,
                say=lambda line: self._say(line),
            )
            self._labelled = self.searcher.read_labelled(
                [str(one.clip.path) for one in self.given]
            )
            self.pool_videos = pool_videos or pool_of(pool)
            self.forget_pool()
            clips = sorted(self.searcher.store.origins().items())
            made_from += [self.searcher.store.encoder, num_found, clips]
        self.key = hash_of(made_from)

    @property
    def has_pool(self) -> bool:
        """Whether supports are looked for."""
        return self.searcher is not None

    def forget_pool(self) -> None:
        """List the videos of the pool anew before the next query."""
        self._paths: dict[str, Path] | None = None

    def __call__(self, query: Path, say: Say) -> ChosenSupports:
        """The supports of a query; none if the pool has none.

        Args:
            query: A video file, a folder of frames or a still image.
            say: Gets lines for people.

        Raises:
            VideoError: If the query or all clips that were found cannot be
                read, or the query's vector has no direction.
        """
        if self.searcher is None:
            return ChosenSupports(list(self.given), [])
        self._say = say
        result = self.searcher(
            query,
            self.num_found,
            labelled=self._labelled,
            one_per_source=True,
        )
        if not result.supports.records:
            say(self._none_found(query, result))
        clips = self._find_clips(result.supports.records)
        found, left_out = [], []
        for record, clip, similarity in zip(
            *(result.supports.records, clips),
            result.supports.similarity.tolist(),
        ):
            reason = _reason_against(clip)
            if reason is None:
                found.append(QuerySupport(clip, similarity))
            else:
                left_out.append(record.clip)
                say(f'support {record.clip} is left out: {reason}')
        if clips and not found:
            raise VideoError(
                f'none of the {len(clips)} clips found for {query} can be '
                f'read in {self.pool_videos}; say with --pool-videos where '
                'the videos of the pool are now'
            )
        return ChosenSupports([*self.given, *found], left_out)

    def has_changed(
        self,
        described: Sequence[Mapping[str, Any]],
        left_out: Sequence[str] = (),
    ) -> bool:
        """Whether a query would have other supports now, by the same key.

        Args:
            described: `QuerySupport.describe` of those that it had.
            left_out: Names of clips that could not be read then.
        """
        if any(content_of(one['path']) != one['content'] for one in described):
            return True
        if not left_out or self.searcher is None:
            return False
        store = self.searcher.store
        clips = self._find_clips(store.records(store.rows_of(left_out)))
        return any(_reason_against(clip) is None for clip in clips)

    def _find_clips(
        self, records: Sequence[ClipRecord]
    ) -> list[PoolClip | None]:
        if self._paths is None:
            self._paths = paths_of_pool(self.pool_videos)
        return find_clips(records, self._paths)

    def _none_found(self, query: Path, result: PoolSearchResult) -> str:
        """Why no clip of the pool supports a query, and what follows."""
        taken, follows = [], 'it is segmented without any'
        if result.source is not None:
            taken.append(f"the query's own video {result.source}")
        if self.given:
            taken.append('given supports')
            follows = 'it is segmented with the given ones'
        return (
            f'{query}: no support found, all {result.num_clips} clips of the '
            f'pool are of {" or ".join(taken)}; {follows}'
        )


def _read_given(path: str | Path) -> list[QuerySupport]:
    try:
        sources = find_videos(path)
        clips = [PoolClip(one.name, one.path, one.name) for one in sources]
        for clip in clips:
            sample_frames(clip, 1, 1)  # says now what cannot be read
    except UserError as error:
        raise UserError(f'support {path}: {error}') from None
    return [QuerySupport(clip) for clip in clips]


def _reason_against(clip: PoolClip | None) -> str | None:
    if clip is None:
        return 'it is not in the pool any more'
    try:
        sample_frames(clip, 1, 1)
    except VideoError as error:
        return str(error)
    return None
