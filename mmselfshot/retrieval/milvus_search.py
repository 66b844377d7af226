"""What a search of Milvus is asked, and what is made of its answer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor


def filter_of(rows: np.ndarray, mask: Tensor | None) -> tuple[str, int]:
    """Expression for the rows that may be found, the shorter of two.

    Args:
        rows: (N,) int64, those that are not removed.
        mask: (M,) bool, False for rows not to be found; None: all may be.

    Returns:
        '' where all may be found; and how many may be.
    """
    if mask is None:
        return '', len(rows)
    is_in = mask.numpy()[rows]
    free, barred = rows[is_in], rows[~is_in]
    if not len(barred):
        return '', len(free)
    if len(free) < len(barred):
        return f'row in {free.tolist()}', len(free)
    return f'row not in {barred.tolist()}', len(free)


def compare_again(
    found: Sequence[dict[str, Any]], query: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """The k best of what Milvus proposes, in float64; ties: smaller row.

    Args:
        found: Hits of one query, with `row` and the stored `vector`.
        query: (C,) float64, of length 1.
        k: How many at most.

    Returns:
        Rows and cosines, (n,) int64 and float64, n <= k.
    """
    rows = torch.tensor([one['row'] for one in found], dtype=torch.int64)
    units = np.array([one['entity']['vector'] for one in found], np.float32)
    units = torch.from_numpy(units.reshape(-1, len(query))).double()
    rows, order = rows.sort()
    cosines = (units[order] * query).sum(1).clamp(-1, 1)
    cosines, order = cosines.sort(descending=True, stable=True)
    return rows[order][:k], cosines[:k]
