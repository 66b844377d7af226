"""Rows of all ranks, in one order everywhere."""

import torch
from mmengine.dist import all_gather, get_rank, get_world_size
from torch import Tensor


@torch.no_grad()
def gather_rows(rows: Tensor) -> tuple[Tensor, int]:
    """Join the rows of all ranks; they may have different numbers of them.

    Args:
        rows: (N, ...) any dtype, N may be 0.

    Returns:
        The rows of rank 0, then of rank 1 and so on, without gradient and
        equal on all ranks; and the place of this rank's first row in them.
    """
    rows = rows.detach()
    if get_world_size() == 1:
        return rows, 0
    count = torch.tensor([len(rows)], device=rows.device)
    counts = torch.cat(all_gather(count)).tolist()
    padded = rows.new_zeros(max(counts), *rows.shape[1:])
    padded[: len(rows)] = rows
    parts = all_gather(padded)
    joined = torch.cat([part[:n] for part, n in zip(parts, counts)])
    return joined, sum(counts[: get_rank()])
