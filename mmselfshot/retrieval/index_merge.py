"""One index of several, made by as many processes.

Each process appends to a shard of its own; the shards are merged once. The
target is appended to in one transaction, so a kill leaves it as it was.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from mmselfshot.retrieval.flat_index import CHECKED, FlatIndex
from mmselfshot.retrieval.vector_store import ClipRecord
from mmselfshot.utils import UserError


def merge_indexes(
    shards: Sequence[FlatIndex], target: FlatIndex
) -> tuple[int, int]:
    """Append the clips of several indexes, ordered by name, or none of them.

    The bytes written depend on the clips only, not on how many processes
    made them or in which order. A clip that is there already, or in two
    shards, counts once if its record and vector are the same: a merge may
    be repeated, and goes on where the clips are new.

    Args:
        shards: Of the target's encoder, channels and dtype.
        target: Maybe empty.

    Returns:
        How many clips were appended, and how many were there already.

    Raises:
        UserError: If the shards do not fit, or two clips of one name differ.
    """
    for shard in shards:
        for name in ('encoder', 'num_channels', 'dtype'):
            found, wanted = getattr(shard, name), getattr(target, name)
            if found != wanted:
                raise UserError(
                    f'{shard.folder} has {name} {found}, {target.folder} has '
                    f'{wanted}; make the shards again'
                )
    stores = [target, *shards]
    places = sorted(
        (clip, number)
        for number, store in enumerate(stores)
        for clip in store.clips()
    )
    fresh: list[tuple[str, int]] = []
    num_known, last = 0, ('', -1)
    for clip, number in places:
        if last[1] >= 0 and clip == last[0]:
            _assert_same(clip, stores[last[1]], stores[number])
            num_known += 1
            continue
        last = (clip, number)
        if number:
            fresh.append(last)
    if fresh:
        target.append_blocks(_read_blocks(fresh, stores))
    return len(fresh), num_known


def _read_blocks(
    places: list[tuple[str, int]], stores: Sequence[FlatIndex]
) -> Iterator[tuple[np.ndarray, list[ClipRecord]]]:
    rest = iter(places)
    while block := list(islice(rest, CHECKED)):
        by_store: dict[int, list[int]] = {}
        for place, (_, number) in enumerate(block):
            by_store.setdefault(number, []).append(place)
        records: list = [None] * len(block)
        units = None
        for number, inside in by_store.items():
            store = stores[number]
            rows = store.rows_of([block[place][0] for place in inside])
            content = store.stored_rows(rows)
            if units is None:
                units = np.empty((len(block), content.shape[1]), content.dtype)
            units[inside] = content
            for place, record in zip(inside, store.records(rows)):
                records[place] = record
        yield units, records


def _assert_same(clip: str, one: FlatIndex, other: FlatIndex) -> None:
    rows = one.rows_of([clip]), other.rows_of([clip])
    if one.records(rows[0]) != other.records(rows[1]) or not np.array_equal(
        one.stored_rows(rows[0]), other.stored_rows(rows[1])
    ):
        raise UserError(
            f'clip {clip!r} differs in {one.folder} and {other.folder}; '
            'delete it from one of them'
        )
