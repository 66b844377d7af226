"""Files that say which clips support which query, whoever chose them.

Source: Self-Shot VIS (ECCV 2022), Tab. 1 (random, oracle and retrieved
supports) and Tab. 5 (semi-shot: some are given, they help to find the rest).
All are of the form of `make_support_pairs.py` and keep its rule: fewer
supports are a prefix of more. Queries are taken from such a file as well.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from mmselfshot.datasets.pool_clip import PoolClip
from mmselfshot.datasets.support_pairs import SupportPair, pairs_content
from mmselfshot.retrieval import SupportSelector, VectorStore
from mmselfshot.utils import UserError, write_json


def write_support_file(
    path: str | Path,
    pairs: Sequence[SupportPair],
    settings: Mapping[str, Any],
    k: int | None = None,
) -> None:
    """Write a file of pairs.

    Args:
        path: Of the file.
        pairs: In the order of the file.
        settings: How they were chosen; `k` is added.
        k: How many were wanted; None: the most that a query has.
    """
    if k is None:
        k = max((len(pair.supports) for pair in pairs), default=0)
    write_json(path, pairs_content(pairs, {**settings, 'k': k}))


def random_pairs(
    queries: Sequence[SupportPair],
    clips: Sequence[PoolClip],
    k: int,
    seed: int,
    shown: Mapping[str, Collection[int]] | None = None,
) -> Iterator[SupportPair]:
    """Any clips of the pool, each of another source.

    Args:
        queries: Whose supports are replaced.
        clips: Of the pool.
        k: Supports of each query.
        seed: Of the choice.
        shown: Category ids in each clip by name; clips that show a target
            of the query are then left out, so that all supports are wrong.
    """
    for query in queries:
        order = sorted(
            clips, key=lambda clip: _hash_of(seed, query.name, clip.name)
        )
        taken: list[str] = []
        used = {query.name}
        for clip in order:
            wrong = shown is None or not (
                set(shown[clip.name]) & set(query.category_ids)
            )
            if wrong and clip.source not in used and len(taken) < k:
                taken.append(clip.name)
                used.add(clip.source)
        yield replace(query, supports=tuple(taken))


def retrieved_pairs(
    queries: Sequence[SupportPair],
    pool: VectorStore,
    vectors: Mapping[str, Tensor],
    k: int,
    num_given: int = 0,
    one_per_source: bool = True,
    banned: Sequence[str] = (),
    **selection: Any,
) -> Iterator[SupportPair]:
    """The nearest clips of the pool, Eq. (3).

    Args:
        queries: With the labelled supports of which some may be given.
        pool: Vectors of its clips.
        vectors: (C,) of each query by name, of the same encoder.
        k: Supports of each query, the given ones counted.
        num_given: The first so many labelled supports come first and help to
            find the others (semi-shot).
        one_per_source: Take at most one clip of a source, those of given
            supports counted.
        banned: Clips that are never found, such as the rest of a pool of
            which a part is searched.
        selection: More options of `SupportSelector`.

    Raises:
        UserError: If a query has no vector or too few labelled supports.
    """
    if not 0 <= num_given <= k:
        raise UserError(f'{num_given} of {k} supports given; expected 0 to k')
    selector = None
    if k > num_given:
        selector = SupportSelector(
            k - num_given, one_per_source=one_per_source, **selection
        )
    for query in queries:
        given = query.supports[:num_given]
        if len(given) < num_given:
            raise UserError(
                f'query {query.name} has {len(given)} labelled supports, '
                f'wanted {num_given}; make the file of pairs with a larger k'
            )
        if query.name not in vectors:
            raise UserError(f'query {query.name} has no vector; encode it')
        found: list[str] = []
        if selector is not None:
            siblings = _siblings(pool, given) if one_per_source else ()
            supports = selector.select(
                pool,
                vectors[query.name],
                source=query.name,
                oracles=given,
                banned=[*banned, *siblings],
            )
            found = [record.clip for record in supports.records]
        yield replace(query, supports=(*given, *found))


def mixed_pairs(
    first: Sequence[SupportPair],
    second: Sequence[SupportPair],
    num_first: int,
    k: int,
) -> Iterator[SupportPair]:
    """Some supports of one file, filled up with those of another.

    Args:
        first: Pairs of all queries.
        second: Pairs of the same queries; others are not looked at.
        num_first: Supports to take of the first file, if it has so many.
        k: Supports of each query.

    Raises:
        UserError: If a query is not in the second file, or the two hold
            fewer than k supports of it.
    """
    others = {(pair.video_id, pair.category_ids): pair for pair in second}
    for pair in first:
        other = others.get((pair.video_id, pair.category_ids))
        if other is None:
            raise UserError(
                f'query {pair.name} with categories '
                f'{list(pair.category_ids)} is in one file of pairs only; '
                'make both for the same queries'
            )
        kept = pair.supports[:num_first]
        rest = [one for one in other.supports if one not in kept]
        supports = (*kept, *rest)[:k]
        if len(supports) < k:
            raise UserError(
                f'query {pair.name} has {len(supports)} supports in both '
                f'files together, wanted {k}; make them with a larger k'
            )
        yield replace(pair, supports=supports)


def _siblings(pool: VectorStore, names: Sequence[str]) -> list[str]:
    """All clips of the sources that these clips were cut from."""
    found: list[str] = []
    for record in pool.records(pool.rows_of(names)):
        rows = pool.rows_of_source(record.source)
        found += [one.clip for one in pool.records(rows)]
    return found


def _hash_of(seed: int, query: str, support: str) -> str:
    text = f'random:{seed}:{query}:{support}'
    return hashlib.sha256(text.encode()).hexdigest()
