"""The nearest rows of a large table, exactly, one block after the other.

A block is screened in float32, which reads memory as fast as it can; the few
rows that may be among the nearest are compared again in float64. A screened
product of unit vectors is wrong by at most (C + 8) 2^-24 (the usual bound of
a sum of C products, in any order), so it is known when more rows have to be
compared. The answer depends neither on the blocks nor on the other queries.
Shapes: M rows of the table, Q queries, C channels.
"""

import torch
from torch import Tensor

from mmselfshot.retrieval.vector_store import Neighbours

BLOCK = 8192  # rows
QUERIES = 64  # screened together
SPARE = 16  # rows compared again beyond k


def search_exactly(
    table: Tensor, queries: Tensor, k: int, allowed: Tensor
) -> Neighbours:
    """Find the k rows with the largest inner product; ties: smaller row.

    Args:
        table: (M, C) float32 or float16, rows of length 1 (to rounding).
        queries: (Q, C) float64, of length 1, on any device.
        k: At least 1; columns without any row are left away.
        allowed: (M,) or (Q, M) bool, False for rows not to be found.

    Returns:
        On the CPU; similarities are inner products in float64, clipped to
        [-1, 1].
    """
    rows, similarity = [], []
    for start in range(0, len(queries), QUERIES):
        part = slice(start, start + QUERIES)
        mask = allowed[part] if allowed.ndim == 2 else allowed[None]
        found = _search(table, queries[part], min(k, len(table)), mask)
        rows.append(found.rows)
        similarity.append(found.similarity)
    if not rows:
        return Neighbours(
            torch.zeros(0, 0, dtype=torch.int64),
            torch.zeros(0, 0, dtype=torch.float64),
        )
    found = Neighbours(torch.cat(rows), torch.cat(similarity))
    width = int(found.counts().max())
    return Neighbours(found.rows[:, :width], found.similarity[:, :width])


def _search(
    table: Tensor, queries: Tensor, k: int, allowed: Tensor
) -> Neighbours:
    """As above, for a block of queries; `allowed` is (1 or Q, M)."""
    num_wide = min(k + SPARE, len(table))
    rows = torch.full((len(queries), k), -1)
    similarity = torch.full((len(queries), k), float('-inf')).double()
    open_ = torch.arange(len(queries))
    while len(open_):
        mask = allowed if len(allowed) == 1 else allowed[open_]
        values, wide = _screen(table, queries[open_], num_wide, mask)
        error = (table.shape[1] + 8) * 2.0**-24
        beyond = values[:, -1] < values[:, k - 1] - 2 * error
        sure = beyond | values[:, -1].isinf() | (num_wide == len(table))
        done = sure.nonzero().flatten()
        rows[open_[done]], similarity[open_[done]] = _compare(
            table, queries[open_[done]], values[done], wide[done], k
        )
        open_ = open_[~sure]
        num_wide = min(4 * num_wide, len(table))
    return Neighbours(rows, similarity)


def _screen(
    table: Tensor, queries: Tensor, num_wide: int, allowed: Tensor
) -> tuple[Tensor, Tensor]:
    """The best rows in float32: values and rows, (Q, num_wide), on the CPU."""
    queries = queries.to(table.device, torch.float32)
    is_free = bool(allowed.all())
    best, where = [], []
    for start in range(0, len(table), BLOCK):
        block = table[start : start + BLOCK].float()
        if len(queries) == 1 and block.device.type == 'cpu':
            # numpy's product with one vector takes half the time of torch's
            values = torch.from_numpy(block.numpy() @ queries[0].numpy())[None]
        else:
            values = queries @ block.T
        if not is_free:
            mask = allowed[:, start : start + BLOCK].to(table.device)
            values = values.masked_fill(~mask, float('-inf'))
        top = values.topk(min(num_wide, len(block)), dim=1)
        best.append(top.values)
        where.append(top.indices + start)
    top = torch.cat(best, 1).topk(num_wide, dim=1)
    return top.values.cpu(), torch.cat(where, 1).gather(1, top.indices).cpu()


def _compare(
    table: Tensor, queries: Tensor, values: Tensor, rows: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """The k best of screened rows, in float64: rows and similarities."""
    rows, order = rows.sort(dim=1)
    is_out = values.gather(1, order).isinf()
    similarity = torch.stack(
        [  # a sum over a product, not a matmul: equal rows give equal sums
            (table[of_one.to(table.device)].cpu().double() * query).sum(1)
            for query, of_one in zip(queries.cpu(), rows)
        ]
        or [queries.new_zeros(0)]
    ).clamp(-1, 1)
    similarity = similarity.reshape(rows.shape).masked_fill(
        is_out, float('-inf')
    )
    similarity, order = similarity.sort(dim=1, descending=True, stable=True)
    rows = rows.masked_fill(is_out, -1).gather(1, order)
    return rows[:, :k], similarity[:, :k]
