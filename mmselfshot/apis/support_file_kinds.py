"""Make a file of supports of one kind, for the tool of that name.

Source: Self-Shot VIS (ECCV 2022), Tab. 1 (`random`, `retrieved`) and Tab. 5
(`semi`). Ours, to see whether supports matter: `wrong`, random clips of
which none shows a target, and `mixed`, right supports filled up with random
ones. A clip of each source is taken at most once. Same arguments, same bytes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from torch import Tensor

from mmselfshot.apis.support_files import (
    random_pairs,
    retrieved_pairs,
    write_support_file,
)
from mmselfshot.datasets.clip_pool import read_pool
from mmselfshot.datasets.support_pairs import SupportPair, read_support_pairs
from mmselfshot.utils import UserError

KINDS = ('random', 'wrong', 'retrieved', 'semi', 'mixed')
_NEEDS = {  # beside what may be given
    'random': ('pool',),
    'wrong': ('pool', 'pool_truth'),
    'retrieved': ('index',),
    'semi': ('index', 'num_given'),
    'mixed': ('pool', 'num_given'),
}
_MAY_HAVE = {'mixed': ('pool_truth',)}
_OPTIONS = {
    'pool': '--pool',
    'pool_truth': '--pool-truth',
    'index': '--index',
    'num_given': '--given',
}


def make_support_file(
    kind: str,
    pairs: str | Path,
    out: str | Path,
    k: int = 5,
    seed: int = 0,
    pool: str | Path | None = None,
    pool_truth: str | Path | None = None,
    index: str | Path | None = None,
    num_given: int | None = None,
    show_progress: bool = False,
) -> Iterator[str]:
    """Write a file of pairs; say line by line what was read and written.

    Args:
        kind: One of `KINDS`.
        pairs: File of the queries with their labelled supports, see
            `make_support_pairs`.
        out: File to write.
        k: Supports of each query, given ones counted.
        seed: Of random clips.
        pool: A folder of clips or a list file, for random clips.
        pool_truth: What the clips of a ToyVIS pool show, for wrong clips;
            `mixed` then fills up with wrong ones.
        index: Folder with the indexes `pool` and `queries`, of one encoder,
            for retrieved clips.
        num_given: Labelled supports that come first, in `semi` and `mixed`.
        show_progress: Show a bar over the queries.

    Raises:
        UserError: If a file does not fit, something that the kind needs is
            missing, or something is given that it does not use.
    """
    given = {
        'pool': pool,
        'pool_truth': pool_truth,
        'index': index,
        'num_given': num_given,
    }
    _check(kind, k, {name for name, one in given.items() if one is not None})
    queries = read_support_pairs(pairs)
    yield f'read {pairs}: {len(queries)} queries'
    if not queries:
        raise UserError(f'{pairs} holds no query; nothing was written')
    settings = {'kind': kind, 'from': Path(pairs).name}
    if num_given is not None:
        settings['num_given'] = num_given
    if index is not None:
        store, vectors, encoder = _read_index(index)
        yield f'read {index}: {store.count()} clips, encoder {encoder}'
        settings['encoder'] = encoder
        made = retrieved_pairs(queries, store, vectors, k, num_given or 0)
    else:
        clips = read_pool(pool)
        yield f'read {pool}: {len(clips)} clips'
        shown = None
        if pool_truth is not None:
            from mmselfshot.datasets.toyvis.fewshot.reading import read_truth

            truth = read_truth(pool_truth)
            yield f'read {pool_truth}: {len(truth)} clips'
            shown = {one.name: one.category_ids for one in truth}
        settings |= {'seed': seed, 'all_wrong': shown is not None}
        made = random_pairs(queries, clips, k, seed, shown, num_given or 0)
    chosen = list(_with_bar(made, len(queries), show_progress))
    short = [pair.name for pair in chosen if len(pair.supports) < k]
    if short:
        yield (
            f'{len(short)} queries have fewer than {k} supports: '
            f'{", ".join(short[:5])}{" and more" if len(short) > 5 else ""}'
        )
    write_support_file(out, chosen, settings, k)
    yield f'wrote {out}: {len(chosen)} pairs of up to {k} supports'


def _check(kind: str, k: int, given: set[str]) -> None:
    if kind not in KINDS:
        raise UserError(f'kind {kind!r}; expected one of {", ".join(KINDS)}')
    if k < 1:
        raise UserError(f'{k} supports per query; expected 1 or more')
    needed = set(_NEEDS[kind])
    for names, fault in (
        (needed - given, 'needs'),
        (given - needed - set(_MAY_HAVE.get(kind, ())), 'does not use'),
    ):
        if names:
            options = [_OPTIONS[one] for one in _OPTIONS if one in names]
            raise UserError(
                f'kind {kind} {fault} {" and ".join(options)}; see --help'
            )


def _read_index(folder: str | Path) -> tuple:
    """The pool's index, vectors of queries by name, and the encoder."""
    from mmselfshot.retrieval import FlatIndex

    folder = Path(folder)
    for part in ('pool', 'queries'):
        if not (folder / part).is_dir():
            raise UserError(
                f'no {folder / part}; make the indexes of pool and queries '
                f'with tools/index_pool.py --out {folder}/pool and '
                f'--out {folder}/queries'
            )
    store = FlatIndex(folder / 'pool')
    asked = FlatIndex(folder / 'queries', store.encoder)
    names = asked.clips()
    vectors: dict[str, Tensor] = dict(
        zip(names, asked.vectors(asked.rows_of(names)))
    )
    return store, vectors, store.encoder


def _with_bar(
    pairs: Iterable[SupportPair], total: int, is_shown: bool
) -> Iterable[SupportPair]:
    from tqdm import tqdm

    return tqdm(
        pairs, total=total, unit='query', leave=False, disable=not is_shown
    )
