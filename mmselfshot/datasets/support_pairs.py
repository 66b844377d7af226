"""Fixed pairs of a query and its supports, made once from a seed.

Source: Self-Shot VIS (ECCV 2022), Sec. 3: pairs are fixed at test time; the
paper's own are not published. Which supports a query gets depends on the
seed, the query and the candidates alone, not on their order or on k: the
pairs of a smaller k are prefixes of those of a larger one.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mmselfshot.datasets.benchmark_splits import BenchmarkSplit, videos_of_part
from mmselfshot.datasets.label_file import LabelFile, name_of
from mmselfshot.datasets.toyvis.fewshot.reading import PoolTruth
from mmselfshot.utils import UserError, read_json

FORMAT = 'mmselfshot support pairs'
HALVES = 'val', 'test'


@dataclass(frozen=True)
class Candidate:
    """A video that may support a query.

    name: Of the video, see `name_of`, or the clip in the pool.
    source: Of which a query gets at most one support.
    classes: All that it shows.
    """

    name: str
    source: str
    classes: frozenset[int]


@dataclass(frozen=True)
class SupportPair:
    """A query with its supports, best first, all of them equally good.

    video_id, name: Of the query. category_ids: What is to be segmented.
    supports: Names; the i-th shows the (i mod n)-th of n categories.
    """

    video_id: int
    name: str
    category_ids: tuple[int, ...]
    supports: tuple[str, ...]


def choose_supports(
    query: Candidate,
    targets: Sequence[int],
    candidates: Iterable[Candidate],
    k: int,
    seed: int,
) -> tuple[str, ...]:
    """Choose k supports, each of another source than the query.

    A support shows its target and, where such candidates are left, nothing
    else that the query shows. Several targets take turns. At most one of a
    source is taken.

    Args:
        query: The query; its classes are all that it shows.
        targets: What is to be segmented, at least one category id.
        candidates: In any order.
        k: How many at most; there may be fewer.
        seed: Another seed, another choice.
    """
    order = sorted(
        (one for one in candidates if one.source != query.source),
        key=lambda one: _hash_of(seed, query.name, one.name),
    )
    taken: list[Candidate] = []
    used: set[str] = set()
    for turn in range(k):
        target = targets[turn % len(targets)]
        fit = [
            one
            for one in order
            if target in one.classes and one.source not in used
        ]
        clean = [one for one in fit if one.classes & query.classes == {target}]
        if not fit:
            break
        taken.append((clean or fit)[0])
        used.add(taken[-1].source)
    return tuple(one.name for one in taken)


def pairs_of_split(
    labels: LabelFile,
    split: BenchmarkSplit,
    k: int,
    seed: int,
    part: str = 'test',
) -> Iterator[SupportPair]:
    """Pairs of one part of an official benchmark.

    Every video of the part is a query; the other ones are its candidates.
    Targets are classes of the part.

    Args:
        labels: The official training file.
        split: The benchmark.
        k: Supports of each query.
        seed: Of the choice.
        part: `train` or `test`.
    """
    chosen = videos_of_part(labels, split, part)
    videos = {key: _candidate_of(labels, key) for key in chosen}
    for video_id, targets in chosen.items():
        query = videos[video_id]
        supports = choose_supports(query, targets, videos.values(), k, seed)
        yield SupportPair(video_id, query.name, tuple(targets), supports)


def pairs_of_pool(
    labels: LabelFile, clips: Sequence[PoolTruth], k: int, seed: int
) -> Iterator[SupportPair]:
    """Oracle pairs of a ToyVIS world of level `fewshot`.

    Supports are clips of the pool whose target is the query's; for the swap
    test each video gives two pairs, one for each of its kinds.

    Args:
        labels: With `target_ids` in each video.
        clips: What the pool shows.
        k: Supports of each query.
        seed: Of the choice.

    Raises:
        UserError: If a video does not say what its targets are.
    """
    by_kind: dict[int, list[Candidate]] = {}
    for clip in clips:
        candidate = Candidate(clip.name, clip.source, clip.category_ids)
        for kind in clip.target_ids:
            by_kind.setdefault(kind, []).append(candidate)
    for video_id, video in labels.videos.items():
        targets = video.get('target_ids')
        if not targets:
            raise UserError(
                f'video {video_id} of {labels.path} has no target_ids; '
                'expected a label file of a ToyVIS world of level fewshot'
            )
        query = _candidate_of(labels, video_id)
        many = labels.annotations[video_id]
        is_swap = len(targets) > 1 and all(one['is_target'] for one in many)
        for wanted in [[kind] for kind in targets] if is_swap else [targets]:
            # a clip counts for what is its target
            fit = {one for kind in wanted for one in by_kind.get(kind, ())}
            supports = choose_supports(query, wanted, fit, k, seed)
            yield SupportPair(video_id, query.name, tuple(wanted), supports)


def half_of(
    pairs: Sequence[SupportPair], half: str, seed: int
) -> list[SupportPair]:
    """Pairs of one half of the queries, split by video.

    Ours: the paper validates and tests on the same videos.

    Args:
        pairs: In any order, which is kept.
        half: One of `HALVES`.
        seed: Another seed, another split.
    """
    names = {pair.name for pair in pairs}
    order = sorted(names, key=lambda name: _hash_of(seed, 'half', name))
    middle = len(order) // 2
    chosen = set(order[:middle] if half == HALVES[0] else order[middle:])
    return [pair for pair in pairs if pair.name in chosen]


def pairs_content(
    pairs: Sequence[SupportPair], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Content of a file of pairs, for `write_json`.

    Args:
        pairs: In the order of the file.
        settings: How they were chosen (`k`, `seed`, ...).
    """
    return {
        'format': FORMAT,
        'version': 1,
        'settings': dict(settings),
        'pairs': [
            {
                'video_id': pair.video_id,
                'name': pair.name,
                'category_ids': list(pair.category_ids),
                'supports': list(pair.supports),
            }
            for pair in pairs
        ],
    }


def read_support_pairs(
    path: str | Path, k: int | None = None
) -> list[SupportPair]:
    """Read a file of pairs.

    Args:
        path: As `tools/dataset_tools/make_support_pairs.py` writes it.
        k: Keep the first k supports of each query; None keeps all.

    Raises:
        UserError: If it is no such file, or holds fewer than k.
    """
    assert k is None or k >= 0, k
    content = read_json(path)
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise UserError(
            f'{path} holds no support pairs; make it with '
            'tools/dataset_tools/make_support_pairs.py'
        )
    settings, entries = content.get('settings'), content.get('pairs')
    largest = settings.get('k') if isinstance(settings, dict) else None
    if not _is_number(largest):
        raise UserError(
            f'{path} has no number settings.k; add how many supports a query '
            'has at most'
        )
    if not isinstance(entries, list):
        raise UserError(f'{path} has no list pairs; add one entry per query')
    if k is not None and k > largest:
        raise UserError(
            f'{path} holds {largest} supports per query, wanted {k}; make it '
            f'again with --k {k}'
        )
    return [
        _read_pair(path, number, one, k) for number, one in enumerate(entries)
    ]


def _read_pair(
    path: str | Path, number: int, entry: Any, k: int | None
) -> SupportPair:
    """One entry, with its first k supports."""
    if not isinstance(entry, dict):
        entry = {}
    for key, (is_fit, expected) in _FIELDS.items():
        if not is_fit(entry.get(key)):
            found = repr(entry[key]) if key in entry else 'nothing'
            raise UserError(
                f'entry {number} of pairs in {path} has {found} as {key}; '
                f'expected {expected}'
            )
    return SupportPair(
        entry['video_id'],
        entry['name'],
        tuple(entry['category_ids']),
        tuple(entry['supports'][:k]),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(is_fit: Callable[[Any], bool], value: Any) -> bool:
    return isinstance(value, list) and all(map(is_fit, value))


_FIELDS = {  # of an entry of a file of pairs
    'video_id': (_is_number, 'a number'),
    'name': (_is_name, 'a name'),
    'category_ids': (partial(_is_list, _is_number), 'a list of numbers'),
    'supports': (partial(_is_list, _is_name), 'a list of names'),
}


def _candidate_of(labels: LabelFile, video_id: int) -> Candidate:
    video = labels.videos[video_id]
    name = name_of(video)
    held = {one['category_id'] for one in labels.annotations[video_id]}
    return Candidate(name, video.get('source', name), frozenset(held))


def _hash_of(seed: int, query: str, support: str) -> str:
    return hashlib.sha256(f'{seed}:{query}:{support}'.encode()).hexdigest()
