"""How good retrieved clips are, as pure functions.

Ours: the paper (Self-Shot VIS, ECCV 2022) scores retrieval only by the masks
that it leads to. A hit is right if it holds the query's class. With at most
one hit per source, the level of chance is that of a random order of all
clips of which the first clip of each source is kept.
Shapes: Q queries, M clips, k hits.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_NODES = 400  # of the quadrature in `random_precision`


@dataclass(frozen=True)
class RetrievalPrecision:
    """Precision at k of many queries.

    mean: Over the queries, in [0, 1]. class_mean: Mean of `by_class`.
    by_class: Mean over the queries of each class.
    by_query: (Q,) float64.
    """

    mean: float
    class_mean: float
    by_class: dict[Hashable, float]
    by_query: np.ndarray


def precision_at_k(
    is_right: Sequence[Sequence[bool]], classes: Sequence[Hashable], k: int
) -> RetrievalPrecision:
    """Share of right ones among the first k hits.

    Args:
        is_right: For each of Q queries, whether its hits are right, best
            first; hits that are missing count as wrong.
        classes: Class of each query.
        k: At least 1.

    Raises:
        ValueError: If there is no query, or not one class for each.
    """
    if k < 1 or not is_right or len(is_right) != len(classes):
        raise ValueError(
            f'{len(is_right)} queries, {len(classes)} classes, k = {k}; '
            'expected one class for each of some queries, and k from 1'
        )
    values = np.array([sum(map(bool, row[:k])) / k for row in is_right])
    by_class = {
        name: float(
            np.mean([v for v, one in zip(values, classes) if one == name])
        )
        for name in dict.fromkeys(classes)
    }
    class_mean = float(np.mean(list(by_class.values())))
    return RetrievalPrecision(
        float(values.mean()), class_mean, by_class, values
    )


def recall_against_exact(
    found: Sequence[Sequence[Hashable]], exact: Sequence[Sequence[Hashable]]
) -> float:
    """Share of the exact neighbours that another search found, in [0, 1].

    Args:
        found: For each query, clips in any order.
        exact: The same of the exact search.

    Raises:
        ValueError: If the two are not of the same queries, or exact search
            found nothing at all.
    """
    num_exact = sum(len(set(row)) for row in exact)
    if len(found) != len(exact) or not num_exact:
        raise ValueError(
            f'{len(found)} and {len(exact)} queries with {num_exact} exact '
            'neighbours; expected the same queries, and some neighbours'
        )
    common = sum(len(set(a) & set(b)) for a, b in zip(found, exact))
    return common / num_exact


def support_class_purity(
    classes: Sequence[Sequence[Hashable]],
) -> float:
    """How far the supports of one query agree, right or wrong.

    Args:
        classes: The classes in each of k supports.

    Returns:
        Share of the supports that hold the class that most of them hold, in
        [0, 1]; 0 without supports or classes.
    """
    counts: dict[Hashable, int] = {}
    for held in classes:
        for name in set(held):
            counts[name] = counts.get(name, 0) + 1
    return max(counts.values(), default=0) / max(len(classes), 1)


def first_of_each_source_order(
    order: Sequence[int], sources: Sequence[Hashable], k: int
) -> list[int]:
    """The first k of an order of clips, at most one of each source.

    Args:
        order: Indices of clips, best first.
        sources: (M,) source of each clip.
        k: How many at most.
    """
    taken: dict[Hashable, int] = {}
    for clip in order:
        taken.setdefault(sources[clip], int(clip))
        if len(taken) == k:
            break
    return list(taken.values())


def random_precision(
    is_right: Sequence[bool] | np.ndarray,
    k: int,
    sources: Sequence[Hashable] | None = None,
) -> float:
    """Expected precision at k of a random order of the clips, exactly.

    With sources, a source's place is that of the first of its n clips. Let
    each clip come at a time drawn from Exp(1): the source comes at one drawn
    from Exp(n), and which of its clips comes first does not depend on when.
    So the expectation is 1/k of the sum over sources of their share of right
    clips times the probability to be among the first k, an integral over
    time of a polynomial in exponentials (Gauss-Legendre, to about 1e-9).

    Args:
        is_right: (M,) bool, of the clips that may be found.
        k: At least 1.
        sources: (M,) source of each clip, if only one of each may be a hit.

    Raises:
        ValueError: If there is no clip.
    """
    right = np.asarray(is_right, float)
    if not len(right) or k < 1:
        raise ValueError(f'{len(right)} clips, k = {k}; expected 1 or more')
    if sources is None:
        return float(right.mean()) * min(k, len(right)) / k
    names = {name: n for n, name in enumerate(dict.fromkeys(sources))}
    rows = np.array([names[name] for name in sources])
    sizes = np.bincount(rows)
    shares = np.bincount(rows, right) / sizes
    if len(sizes) <= k or (sizes == sizes[0]).all():
        return float(shares.mean()) * min(k, len(sizes)) / k
    inside = _first_k_probability(sizes, k)
    total = sum(shares[sizes == n].sum() * p for n, p in inside.items())
    return float(total) / k


def _first_k_probability(sizes: np.ndarray, k: int) -> Mapping[int, float]:
    """By its number of clips, how likely a source is among the first k."""
    rate = 1 / sizes.sum()
    # on a logarithmic scale of time, from none to all clips there
    low, high = np.log(1e-12), np.log(60 / (rate * sizes.min()))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    time = np.exp(low + (nodes + 1) * (high - low) / 2)
    weights = weights * (high - low) / 2 * time
    numbers, counts = np.unique(sizes, return_counts=True)
    result = {}
    for n in numbers:
        few = np.zeros((k, _NODES))  # chance that 0 to k - 1 others came
        few[0] = 1
        for other, count in zip(numbers, counts):
            come = -np.expm1(-other * rate * time)
            for _ in range(count - (other == n)):
                few[1:] = few[1:] * (1 - come) + few[:-1] * come
                few[0] *= 1 - come
        density = n * rate * np.exp(-n * rate * time)
        result[int(n)] = float((weights * density * few.sum(0)).sum())
    return result
