"""Which clips of a pool support a query.

Source: Self-Shot VIS (ECCV 2022), Eq. (3): the k nearest by cosine.
Semi-shot ("use these to help find more"): the query is the normalised mean
of the normalised query and oracle vectors; ours, the paper gives no formula.
Diversity: maximal marginal relevance, Carbonell and Goldstein (SIGIR 1998).
Ours: at most one clip per source, pinned and banned clips, and the abstain
score, `abstain_score`.
Shapes: M clips, O oracles, C channels. Ties always go to the smaller index.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmselfshot.registry import TASK_UTILS
from mmselfshot.retrieval.vector_store import (
    ClipRecord,
    VectorStore,
    unit_vectors,
)
from mmselfshot.utils import UserError


def rank_nearest(
    similarity: Tensor, k: int, allowed: Tensor | None = None
) -> Tensor:
    """Order clips by falling similarity.

    Args:
        similarity: (M,) float.
        k: How many at most.
        allowed: (M,) bool, False for clips not to be taken.

    Returns:
        (n,) int64 indices, n <= k.
    """
    order = similarity.sort(descending=True, stable=True).indices
    if allowed is not None:
        order = order[allowed[order]]
    return order[:k]


def first_of_each_source(sources: Tensor) -> Tensor:
    """Keep the first clip of each source, in the given order.

    Args:
        sources: (M,) int64, best clip first.

    Returns:
        (n,) int64 indices, rising.
    """
    if not len(sources):
        return sources.new_zeros(0)
    _, group = sources.unique(return_inverse=True)
    places = torch.arange(len(sources), device=sources.device)
    first = places.new_full((int(group.max()) + 1,), len(sources))
    first.scatter_reduce_(0, group, places, 'amin')
    return first.sort().values


def maximal_marginal_relevance(
    relevance: Tensor,
    between: Tensor,
    k: int,
    relevance_weight: float = 0.7,
    num_chosen: int = 0,
) -> Tensor:
    """Choose clips that are near to the query and far from each other.

    One after the other, argmax over the rest of
    `w relevance_i - (1 - w) max_{j chosen} between_ij`, where the maximum
    over none is 0.

    Args:
        relevance: (M,) float, similarity to the query.
        between: (M, M) float, similarity of clips.
        k: How many at most, those already chosen counted.
        relevance_weight: The w, in [0, 1]; 1 ranks by relevance alone.
        num_chosen: The first so many clips are chosen already.

    Returns:
        (min(k, M),) int64 indices in the order of choice, at least the
        chosen ones.
    """
    assert 0 <= relevance_weight <= 1, relevance_weight
    chosen = list(range(num_chosen))
    gain = relevance_weight * relevance
    is_free = torch.ones(len(relevance), dtype=torch.bool)
    is_free[:num_chosen] = False
    while len(chosen) < min(k, len(relevance)):
        score = gain
        if chosen:
            nearest = between[:, chosen].amax(1)
            score = gain - (1 - relevance_weight) * nearest
        score = score.masked_fill(~is_free.to(score.device), float('-inf'))
        best = rank_nearest(score, 1)
        chosen.append(int(best))
        is_free[best] = False
    return torch.tensor(chosen, dtype=torch.int64)


def semi_shot_query(query: Tensor, oracles: Tensor) -> Tensor:
    """L2-normalised mean of the L2-normalised query and oracle vectors.

    Args:
        query: (C,) float, of any length but 0.
        oracles: (O, C) float; without any the query is only normalised.

    Returns:
        (C,) float64.

    Raises:
        UserError: If a vector, or the mean, has no direction.
    """
    together = torch.cat(
        [query[None].double(), oracles.double().to(query.device)]
    )
    units = unit_vectors(together, len(query))
    return unit_vectors(units.mean(0, keepdim=True), len(query))[0]


def abstain_score(similarity: Tensor, background: Tensor) -> float:
    """How little the supports tell, from 0 (the query itself) to 1.

    With s the mean similarity of the supports to the query and b the median
    similarity of any clips of the pool to it, `(1 - s) / (1 - b)`, clipped
    to [0, 1]. It is 1 where supports are no nearer than any clip, or where
    there is none, and does not depend on how wide an encoder spreads its
    vectors. The nearest of many random vectors stay just below 1, so a
    threshold is best read off queries that are known to have no support.

    Args:
        similarity: (k,) float, cosines of the supports.
        background: (n,) float, cosines of a sample of the pool.
    """
    if not len(similarity) or not len(background):
        return 1.0
    middle = float(background.double().quantile(0.5))
    if middle >= 1:  # all of the pool is the query
        return 0.0
    far = (1 - float(similarity.double().mean())) / (1 - middle)
    return min(max(far, 0.0), 1.0)


@dataclass(frozen=True)
class Supports:
    """The clips chosen for a query; pinned ones first.

    Args:
        records: k of them.
        rows: (k,) int64, rows of the store.
        similarity: (k,) float64, cosine to the query, or to the semi-shot
            query where there are oracles.
        abstain: In [0, 1], see `abstain_score`; pinned clips do not count.
        is_useful: False where the abstain score is above the threshold.
    """

    records: list[ClipRecord]
    rows: Tensor
    similarity: Tensor
    abstain: float
    is_useful: bool


@TASK_UTILS.register_module()
class SupportSelector:
    """Chooses supports for a query; by default the paper's k nearest.

    Args:
        num_supports: The k, pinned clips counted.
        one_per_source: Take at most one clip of a source.
        relevance_weight: Of maximal marginal relevance, in [0, 1]; None: go
            by similarity alone.
        num_candidates: Nearest clips that diversity chooses from.
        exclude_own_source: Take no clip of the query's source.
        abstain_thr: Supports with a higher abstain score are not useful.
        num_background: Clips sampled for the abstain score.
        seed: Of that sample.
    """

    def __init__(
        self,
        num_supports: int = 5,
        one_per_source: bool = False,
        relevance_weight: float | None = None,
        num_candidates: int = 50,  # ours
        exclude_own_source: bool = True,
        abstain_thr: float = 1.0,
        num_background: int = 1000,
        seed: int = 0,
    ) -> None:
        assert num_supports >= 1, num_supports
        self.num_supports = num_supports
        self.one_per_source = one_per_source
        self.relevance_weight = relevance_weight
        self.num_candidates = max(num_candidates, num_supports)
        self.exclude_own_source = exclude_own_source
        self.abstain_thr = abstain_thr
        self.num_background = num_background
        self.seed = seed

    def select(
        self,
        store: VectorStore,
        query: Tensor,
        source: str | None = None,
        oracles: Sequence[str] = (),
        oracle_vectors: Tensor | None = None,
        pinned: Sequence[str] = (),
        banned: Sequence[str] = (),
    ) -> Supports:
        """Choose supports for one query.

        Args:
            store: The pool.
            query: (C,) float, of any length but 0.
            source: The query's, whose clips are excluded.
            oracles: Clips of the pool known to show the same; they shape the
                query and are excluded.
            oracle_vectors: (O, C) float, oracles outside the pool.
            pinned: Clips taken in any case, in this order.
            banned: Clips never taken.

        Raises:
            UserError: If the pool is empty, a clip is not in it, or a
                pinned clip is banned, an oracle, or one too many.
        """
        if not store.count():
            raise UserError('the pool has no clip; add some first')
        self._check_lists(oracles, pinned, banned)
        pins = store.rows_of(pinned)
        known = store.rows_of(oracles)
        vectors = [store.vectors(known)]
        if oracle_vectors is not None:
            vectors.append(oracle_vectors.cpu())
        query = semi_shot_query(
            query.cpu(), torch.cat([one.double() for one in vectors])
        )
        allowed = store.is_alive()
        allowed[torch.cat([known, store.rows_of(banned)])] = False
        if source is not None and self.exclude_own_source:
            allowed[store.rows_of_source(source)] = False
        background = self._background(store, query, allowed)
        allowed[pins] = False
        rows, similarity = self._choose(store, query, allowed, pins)
        if len(rows) < self.num_supports:
            print_log(
                f'{self.num_supports} supports wanted, {len(rows)} found',
                logger='current',
            )
        abstain = abstain_score(similarity[len(pins) :], background)
        return Supports(
            store.records(rows),
            rows,
            similarity,
            abstain,
            abstain <= self.abstain_thr and len(rows) > 0,
        )

    def _check_lists(
        self,
        oracles: Sequence[str],
        pinned: Sequence[str],
        banned: Sequence[str],
    ) -> None:
        both = sorted(set(pinned) & (set(banned) | set(oracles)))
        if both:
            raise UserError(
                f'clip {both[0]!r} is pinned, and banned or an oracle; choose'
            )
        if len(set(pinned)) < len(pinned) or len(pinned) > self.num_supports:
            raise UserError(
                f'{len(pinned)} clips are pinned, expected at most '
                f'{self.num_supports} different ones'
            )

    def _choose(
        self, store: VectorStore, query: Tensor, allowed: Tensor, pins: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Rows and similarities, pins first; more candidates when needed."""
        num_allowed = int(allowed.sum())
        pin_cosines = _cosines(store, pins, query)
        num = self.num_supports - len(pins)
        if self.relevance_weight is not None or self.one_per_source:
            num = self.num_candidates
        while True:
            num = min(num, num_allowed)
            rows, cosines = pins, pin_cosines
            if num:
                found = store.search(query[None], num, allowed)
                is_there = found.rows[0] >= 0
                rows = torch.cat([pins, found.rows[0][is_there]])
                cosines = torch.cat([cosines, found.similarity[0][is_there]])
            order = self._order(store, rows, cosines, len(pins))
            if len(order) == self.num_supports or num == num_allowed:
                return rows[order], cosines[order]
            num *= 4

    def _order(
        self, store: VectorStore, rows: Tensor, cosines: Tensor, num_pins: int
    ) -> Tensor:
        """Which of pins and candidates to take, (k,) int64."""
        order = torch.arange(len(rows))
        if self.one_per_source:
            first = first_of_each_source(store.source_ids(rows))
            pins = order[:num_pins]  # also two of one source
            order = torch.cat([pins, first[first >= num_pins]])
        if self.relevance_weight is None:
            return order[: self.num_supports]
        units = store.vectors(rows[order]).double()
        return order[
            maximal_marginal_relevance(
                cosines[order],
                units @ units.T,
                self.num_supports,
                self.relevance_weight,
                num_pins,
            )
        ]

    def _background(
        self, store: VectorStore, query: Tensor, allowed: Tensor
    ) -> Tensor:
        """Cosines of a seeded sample of the allowed rows."""
        rows = allowed.nonzero().flatten()
        if len(rows) > self.num_background:
            generator = torch.Generator().manual_seed(self.seed)
            take = torch.randint(
                len(rows), (self.num_background,), generator=generator
            )
            rows = rows[take]
        return _cosines(store, rows, query)


def _cosines(store: VectorStore, rows: Tensor, query: Tensor) -> Tensor:
    """(N,) float64 cosines of rows to a unit query, as a search gives."""
    if not len(rows):
        return query.new_zeros(0)
    return (store.vectors(rows).double() * query).sum(1).clamp(-1, 1)
