"""Self-distillation: head, centred and sharpened targets, moving teacher.

Source: DINO (ICCV 2021), Sec. 3.1, Eq. (1) to (4).
Shapes: M descriptions (pictures or patches), C channels, P prototypes.
"""

import math

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn


def distillation_loss(
    student: Tensor, target: Tensor, temperature: float = 0.1
) -> Tensor:
    """Cross-entropy of the student with the teacher's soft answer, Eq. (1).

    Args:
        student: (M, P) float, logits.
        target: (M, P) float, probabilities, without gradient.
        temperature: Of the student.

    Returns:
        Scalar float, mean over M; zero (with a graph) if M is 0.
    """
    if not len(student):
        return student.sum()
    log_probs = F.log_softmax(student / temperature, dim=1)
    return -(target * log_probs).sum(1).mean()


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Move the teacher: average = keep * average + (1 - keep) * model.

    What is no float, and statistics of normalisation, are copied.
    """
    for mine, other in zip(average.parameters(), model.parameters()):
        mine.lerp_(other, 1 - keep)
    for mine, other in zip(average.buffers(), model.buffers()):
        mine.copy_(other)


def rising_momentum(start: float, update: int, num_updates: int) -> float:
    """Cosine from `start` to 1, Sec. 3.1."""
    done = min(update / max(num_updates, 1), 1.0)
    return 1 - (1 - start) * (math.cos(math.pi * done) + 1) / 2


class Centre(nn.Module):
    """Mean of the teacher's logits, and its targets, Eq. (4).

    Args:
        num_prototypes: P.
        momentum: Of the running mean.
        temperature: Of the teacher; low sharpens.
    """

    def __init__(
        self,
        num_prototypes: int,
        momentum: float = 0.9,
        temperature: float = 0.04,
    ) -> None:
        super().__init__()
        self.momentum = momentum
        self.temperature = temperature
        self.register_buffer('mean', torch.zeros(num_prototypes))

    @torch.no_grad()
    def targets(self, logits: Tensor) -> Tensor:
        """Probabilities (M, P) of logits (M, P)."""
        return ((logits - self.mean) / self.temperature).softmax(1)

    @torch.no_grad()
    def update(self, logits: Tensor) -> None:
        """Move the mean over all processes by logits (M, P)."""
        mean = logits.mean(0)
        all_reduce(mean)
        self.mean.lerp_(mean / get_world_size(), 1 - self.momentum)


class ProjectionHead(nn.Module):
    """MLP, unit length, prototypes of unit length; Sec. 3.2.

    Args:
        in_dims: C of the descriptions.
        num_prototypes: P.
        hidden: Width of the MLP.
        bottleneck: Channels that are brought to unit length.
    """

    def __init__(
        self,
        in_dims: int,
        num_prototypes: int,
        hidden: int = 256,
        bottleneck: int = 64,
    ) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(in_dims, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, bottleneck),
        )
        self.prototypes = nn.Parameter(torch.empty(num_prototypes, bottleneck))
        for layer in self.mlp:
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)
        nn.init.normal_(self.prototypes)

    def forward(self, x: Tensor) -> Tensor:
        """Cosines (M, P) of descriptions (M, C) with the prototypes."""
        x = F.normalize(self.mlp(x), dim=1)
        return x @ F.normalize(self.prototypes, dim=1).T
