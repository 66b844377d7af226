"""Matching of two sets of query embeddings by their directions.

Source: MinVIS (NeurIPS 2022), Sec. 3.2, tracking by query matching.
Ours: an embedding that has no direction (zero norm, or not finite) has
cosine 0 with every other one, so it is matched last and never an error.
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def _unit(embeds: Tensor) -> Tensor:
    norm = embeds.norm(dim=-1, keepdim=True)
    has_direction = (norm > 0) & norm.isfinite()
    return torch.where(has_direction, embeds / norm, torch.zeros_like(embeds))


def cosine_cost(reference: Tensor, current: Tensor) -> Tensor:
    """One minus the cosine of every pair.

    Args:
        reference: (M, C) float.
        current: (N, C) float.

    Returns:
        (M, N) float in [0, 2]; 1 where an embedding has no direction.
    """
    return 1 - _unit(reference.float()) @ _unit(current.float()).T


def match_by_cosine(reference: Tensor, current: Tensor) -> Tensor:
    """Assignment of current to reference embeddings of least total cost.

    Args:
        reference: (Q, C) float, one row per slot.
        current: (Q, C) float, one row per query.

    Returns:
        (Q,) int64 on the device of `current`: the query of each slot.
    """
    assert reference.shape == current.shape, (reference.shape, current.shape)
    cost = cosine_cost(reference, current)
    _, columns = linear_sum_assignment(cost.detach().cpu().numpy())
    return torch.as_tensor(columns, device=current.device)
