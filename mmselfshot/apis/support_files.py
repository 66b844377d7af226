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

import torch
from torch import Tensor

from mmselfshot.datasets.pool_clip import PoolClip
from mmselfshot.datasets.support_pairs import SupportPair, pairs_content
from mmselfshot.retrieval import SupportSelector, VectorStore
from mmselfshot.retrieval.vector_store import siblings_of
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
    num_given: int = 0,
) -> Iterator[SupportPair]:
    """Any clips of the pool, each of another source.

    Args:
        queries: Whose supports are replaced.
        clips: Of the pool.
        k: Supports of each query, the given ones counted.
        seed: Of the choice.
        shown: Category ids in each clip by name; clips that show a target
            of the query are then left out, so that all drawn ones are wrong.
        num_given: The first so many labelled supports come first.

    Raises:
        UserError: If a query has too few labelled supports, or `shown` does
            not tell of a clip.
    """
    sources = {clip.name: clip.source for clip in clips}
    untold = (
        () if shown is None else [one for one in sources if one not in shown]
    )
    if untold:
        raise UserError(
            f'what {len(untold)} clips show is not known, such as '
            f'{untold[0]}; give the truth of the same pool'
        )
    for query in queries:
        order = sorted(
            clips, key=lambda clip: _hash_of(seed, query.name, clip.name)
        )
        taken = list(_given(query, num_given, k))
        used = {query.name, *(sources.get(one, one) for one in taken)}
        for clip in order:
            wrong = shown is None or not (
                set(shown[clip.name]) & set(query.category_ids)
            )
            if len(taken) == k:
                break
            if wrong and clip.source not in used:
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
            find the others (semi-shot). Those that have a vector in
            `vectors` need not be in the pool; none is found again.
        one_per_source: Take at most one clip of a source, those of given
            supports counted.
        banned: Clips that are never found, such as the rest of a pool of
            which a part is searched.
        selection: More options of `SupportSelector`.

    Raises:
        UserError: If a query has no vector or too few labelled supports.
    """
    selector = None
    if k > num_given:
        selector = SupportSelector(
            k - num_given, one_per_source=one_per_source, **selection
        )
    for query in queries:
        given = _given(query, num_given, k)
        inside = [one for one in given if one not in vectors]
        outside = [one for one in given if one in vectors]
        helping = [vectors[one] for one in outside]
        if query.name not in vectors:
            raise UserError(f'query {query.name} has no vector; encode it')
        found: list[str] = []
        if selector is not None:
            known = _given_in_pool(pool, inside, outside, one_per_source)
            supports = selector.select(
                pool,
                vectors[query.name],
                source=query.name,
                oracles=inside,
                oracle_vectors=torch.stack(helping) if helping else None,
                banned=[*banned, *known],
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


def _given(query: SupportPair, num: int, k: int) -> tuple[str, ...]:
    """The first labelled supports of a query."""
    if not 0 <= num <= k:
        raise UserError(f'{num} of {k} supports given; expected 0 to {k}')
    given = query.supports[:num]
    if len(given) < num:
        raise UserError(
            f'query {query.name} has {len(given)} labelled supports, '
            f'wanted {num}; make the file of pairs with a larger k'
        )
    return given


def _given_in_pool(
    pool: VectorStore,
    clips: Sequence[str],
    others: Sequence[str],
    of_sources: bool,
) -> list[str]:
    """Clips of the pool that are given already.

    Args:
        pool: Vectors of its clips.
        clips: Given ones that are in the pool.
        others: Given ones that may be clips of the pool, or its sources.
        of_sources: Also all other clips of the same sources.
    """
    copies = [one for one in others if _is_clip(pool, one)]
    if not of_sources:
        return copies
    found = siblings_of(pool, pool.rows_of([*clips, *copies]))
    for source in others:
        rows = pool.rows_of_source(source)
        found += [one.clip for one in pool.records(rows)]
    return found


def _is_clip(pool: VectorStore, name: str) -> bool:
    try:
        pool.rows_of([name])
    except UserError:
        return False
    return True


def _hash_of(seed: int, query: str, support: str) -> str:
    text = f'random:{seed}:{query}:{support}'
    return hashlib.sha256(text.encode()).hexdigest()
