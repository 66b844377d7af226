"""How much of the labels the neighbours of a feature tell.

Source: DINO (ICCV 2021), Sec. 4.1: votes of the k nearest training pictures,
each weighted by exp(cosine / 0.07), after Wu et al. (CVPR 2018).
Shapes: M training pictures, N pictures, C channels, K classes.
"""

import torch.nn.functional as F
from torch import Tensor

TEMPERATURE = 0.07


def vote_of_neighbours(
    train: Tensor, labels: Tensor, queries: Tensor, k: int = 20
) -> Tensor:
    """Name each query by its k nearest training pictures.

    Args:
        train: (M, C) float, not empty.
        labels: (M,) int64, of the training pictures.
        queries: (N, C) float.
        k: How many vote; all if there are fewer.

    Returns:
        (N,) int64.
    """
    cosines = F.normalize(queries, dim=1) @ F.normalize(train, dim=1).T
    near = cosines.topk(min(k, len(train)), dim=1)
    weights = (near.values / TEMPERATURE).exp()
    votes = weights.new_zeros(len(queries), int(labels.max()) + 1)
    votes.scatter_add_(1, labels[near.indices], weights)
    return votes.argmax(1)


def neighbour_accuracy(
    train: tuple[Tensor, Tensor], held_out: tuple[Tensor, Tensor], k: int = 20
) -> float:
    """Share of held-out pictures that their neighbours name rightly.

    Args:
        train: Features (M, C) and labels (M,).
        held_out: Features (N, C) and labels (N,).
        k: How many vote.
    """
    named = vote_of_neighbours(*train, held_out[0], k)
    return float((named == held_out[1]).float().mean())
