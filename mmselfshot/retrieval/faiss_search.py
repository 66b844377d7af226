"""Approximate search with faiss, only where it is good enough.

faiss proposes `rerank` rows from compressed vectors; they are compared again
with the stored ones. How much of the exact answer is found depends on the
data, so it is measured on sampled
clips before anything is searched.
Shapes: M rows, Q queries, C channels.
"""

from types import ModuleType
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmselfshot.retrieval.flat_index import FlatIndex
from mmselfshot.retrieval.vector_store import Neighbours, unit_vectors

_BLOCK = 8192


class FaissSearch:
    """Searches an index through faiss; all else is the index's own.

    Rows that a mask excludes are dropped from the proposals; a query that
    keeps fewer than k of them is searched exactly. Rows appended since are
    taken in by the next search.

    Args:
        index: Holds the vectors.
        factory: Of `faiss.index_factory`; 'SQ8' scans one byte per channel.
        rerank: Proposals that are compared again, at least k.
        nprobe: Cells that an IVF index visits; None: faiss's own number.

    Raises:
        ImportError: If faiss is not installed.
    """

    def __init__(
        self,
        index: FlatIndex,
        factory: str = 'SQ8',
        rerank: int = 50,
        nprobe: int | None = None,
    ) -> None:
        faiss = _import_faiss()
        self.index = index
        self.rerank = rerank
        self._approximate = faiss.index_factory(
            index.num_channels, factory, faiss.METRIC_INNER_PRODUCT
        )
        if nprobe is not None:
            faiss.ParameterSpace().set_index_parameter(
                self._approximate, 'nprobe', nprobe
            )
        self._catch_up()

    def search(
        self, vectors: Tensor, k: int, allowed: Tensor | None = None
    ) -> Neighbours:
        """Find about the k nearest clips, see `VectorStore.search`.

        Similarities are exact; rows may be missing.
        """
        self._catch_up()
        queries = unit_vectors(vectors, self.index.num_channels)
        mask = self.index.is_alive()
        if allowed is not None:
            mask = allowed.cpu() & mask
        mask = mask.expand(len(queries), -1)
        num = min(max(self.rerank, k), self.index.num_rows)
        if not num or not len(queries):
            return self.index.search(vectors, k, allowed)
        _, proposed = self._approximate.search(queries.float().numpy(), num)
        rows = torch.from_numpy(proposed).sort(dim=1).values
        is_out = (rows < 0) | ~mask.gather(1, rows.clamp(min=0))
        if ((~is_out).sum(1) < k).any():
            return self.index.search(vectors, k, allowed)
        units = self.index.vectors(rows.clamp(min=0).flatten()).double()
        units = units.reshape(*rows.shape, -1)
        cosines = (units * queries[:, None]).sum(2).clamp(-1, 1)
        cosines = cosines.masked_fill(is_out, float('-inf'))
        cosines, order = cosines.sort(dim=1, descending=True, stable=True)
        return Neighbours(rows.gather(1, order)[:, :k], cosines[:, :k])

    def __getattr__(self, name: str) -> Any:
        """What a `VectorStore` offers besides its search."""
        if name == 'index':  # not there yet
            raise AttributeError(name)
        return getattr(self.index, name)

    def _catch_up(self) -> None:
        done, num_rows = self._approximate.ntotal, self.index.num_rows
        if done == num_rows:
            return
        if not self._approximate.is_trained:
            sample = torch.randperm(
                num_rows, generator=torch.Generator().manual_seed(0)
            )[:65536]
            self._approximate.train(self.index.vectors(sample).numpy())
        for start in range(done, num_rows, _BLOCK):
            rows = torch.arange(start, min(start + _BLOCK, num_rows))
            self._approximate.add(self.index.vectors(rows).numpy())


def fast_or_exact(
    index: FlatIndex,
    min_recall: float = 0.98,
    k: int = 10,
    num_checks: int = 256,
    seed: int = 0,
    **settings,
) -> FaissSearch | FlatIndex:
    """Search through faiss if it finds enough, else exactly; one line says.

    Args:
        index: Holds the vectors.
        min_recall: Wanted share of the exact k nearest that faiss finds.
        k: As many as will be asked for.
        num_checks: Clips of the index that are looked up, themselves
            excluded; queries unlike the pool may be found less well.
        seed: Of their choice.
        **settings: Of `FaissSearch`.
    """
    if not index.count():
        return index
    try:
        search = FaissSearch(index, **settings)
    except ImportError as error:
        print_log(f'{error}; searching exactly', logger='current')
        return index
    recall = measure_recall(search, k, num_checks, seed)
    is_enough = recall >= min_recall
    print_log(
        f'faiss finds {recall:.3f} of the {k} nearest, {min_recall} wanted: '
        f'searching {"with it" if is_enough else "exactly"}',
        logger='current',
    )
    return search if is_enough else index


def measure_recall(
    search: FaissSearch, k: int, num_checks: int, seed: int = 0
) -> float:
    """Share of the exact k nearest that is found, over sampled clips.

    A sampled clip itself does not count; 1 if there is no other clip.
    """
    index = search.index
    rows = index.is_alive().nonzero().flatten()
    generator = torch.Generator().manual_seed(seed)
    rows = rows[torch.randperm(len(rows), generator=generator)[:num_checks]]
    k = min(k, index.count() - 1)
    if k < 1:
        return 1.0
    queries = index.vectors(rows)
    exact = index.search(queries, k + 1).rows.tolist()
    found = search.search(queries, k + 1).rows.tolist()
    num_found = 0
    for row, wanted, got in zip(rows.tolist(), exact, found):
        others = [one for one in wanted if one != row][:k]
        num_found += len(set(others) & set(got))
    return num_found / (k * len(rows))


def _import_faiss() -> ModuleType:
    try:
        import faiss
    except ImportError:
        raise ImportError(
            'faiss is not installed; pip install faiss-cpu'
        ) from None
    return faiss
