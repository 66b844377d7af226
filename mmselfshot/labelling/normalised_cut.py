"""Normalised cuts of patch graphs, several frames at once.

Source: CutLER:maskcut/maskcut.py and TokenCut, as described in
docs/uvis.md: edges are 1 where the cosine of two patches is above tau,
else 1e-5; the cut is the second smallest eigenvector of (D - A) x = w D x.
Ours: the dense generalised decomposition is replaced by Lanczos iterations
on M = D^-1/2 A D^-1/2. Its top eigenvector is known, sqrt(degree), and is
deflated; the next one, y, gives x = D^-1/2 y and w = 1 - its eigenvalue.
A is never built: it is a 0/1 matrix plus a rank-one term.
Shapes: B frames, N patches, C channels.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

WEAK_EDGE = 1e-5  # CutLER:maskcut/maskcut.py
ROWS_AT_ONCE = 512  # of the product of features, which is never whole
OUTSIDE = -2.0  # no eigenvalue of M is as low: pads a finished iteration


@dataclass(frozen=True)
class PatchGraph:
    """Graphs whose edges weigh 1 or 1e-5.

    Attributes:
        strong: (B, N, N) float32, 1 where an edge was strong in the frame.
        kept: (B, N) float32, 0 for patches that were masked out since: all
            their edges are weak, also the one to themselves.
    """

    strong: Tensor
    kept: Tensor

    @classmethod
    def from_features(cls, features: Tensor, tau: float) -> 'PatchGraph':
        """Join patches whose cosine is above tau.

        Args:
            features: (B, N, C) float32, any length; a zero vector has weak
                edges only.
            tau: Cosine in [0, 1).
        """
        unit = F.normalize(features.float(), dim=2)
        num_frames, num_patches = unit.shape[:2]
        strong = unit.new_empty(num_frames, num_patches, num_patches)
        for start in range(0, num_patches, ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            block = unit[:, rows] @ unit[:, start:].transpose(1, 2) > tau
            strong[:, rows, start:] = block
            strong[:, start:, rows] = block.transpose(1, 2)
        return cls(strong, torch.ones_like(strong[:, 0]))

    def without(self, masks: Tensor) -> 'PatchGraph':
        """The graphs with the patches of (B, N) bool masked out."""
        return replace(self, kept=self.kept * ~masks)

    def frames(self, index: Tensor) -> 'PatchGraph':
        """The graphs of some frames; nothing is copied for all of them."""
        if len(index) == len(self.kept):
            return self
        return PatchGraph(self.strong[index], self.kept[index])

    def count_strong(self) -> Tensor:
        """(B, N) number of strong edges of each patch, its own included."""
        return self.kept * _times(self.strong, self.kept)

    def degrees(self) -> Tensor:
        """(B, N) float32, sum of each patch's edges."""
        weak = WEAK_EDGE * self.kept.shape[1]
        return (1 - WEAK_EDGE) * self.count_strong() + weak


@dataclass(frozen=True)
class Cut:
    """Second smallest eigenpairs of B graphs.

    Attributes:
        vectors: (B, N) float32, the generalised eigenvectors; the scale is
            any, the sign is arbitrary.
        values: (B,) float64, w in [0, 2]: 0 = two unconnected halves,
            1 = nothing to cut.
        residuals: (B,) float64, norm of M y - (1 - w) y for unit y.
        num_steps: Lanczos steps done, equal to the products with a graph.
    """

    vectors: Tensor
    values: Tensor
    residuals: Tensor
    num_steps: int


def solve_cut(
    graph: PatchGraph,
    tolerance: float = 1e-5,
    max_steps: int = 200,
    check_every: int = 4,
) -> Cut:
    """Find the second smallest generalised eigenvectors.

    Lanczos with full re-orthogonalisation, from one fixed start vector, so
    that equal graphs have equal cuts. A frame's result is taken at its own
    first check that satisfies `tolerance`, whatever other frames need.

    Args:
        graph: B graphs of N patches.
        tolerance: Largest residual norm, relative to 1 - w where that is
            below 1. At 1e-4, vectors of the recorded cases are right to a
            cosine of 1 - 2e-6, at 1e-5 to 1 - 5e-8.
        max_steps: Products with a graph after which the best vector so far
            is taken; `residuals` tells.
        check_every: Steps between two looks at the residual.
    """
    scale = graph.degrees().rsqrt()  # (B, N)
    top = F.normalize(1 / scale, dim=1)
    num_frames, num_patches = scale.shape
    max_steps = min(max_steps, num_patches - 1)
    if max_steps < 1:
        zeros = scale.new_zeros(num_frames, dtype=torch.float64)
        return Cut(torch.zeros_like(scale), zeros + 1, zeros, 0)

    basis = scale.new_zeros(num_frames, max_steps + 2, num_patches)
    basis[:, 0] = top
    basis[:, 1] = _start(top)
    alphas = scale.new_zeros(num_frames, max_steps, dtype=torch.float64)
    betas = torch.zeros_like(alphas)
    exhausted = scale.new_zeros(num_frames, dtype=torch.bool)
    best = _Best(scale)
    for step in range(1, max_steps + 1):
        new = _apply(graph, scale, basis[:, step])
        overlap = (new * basis[:, step]).sum(1)
        alphas[:, step - 1] = torch.where(exhausted, OUTSIDE, overlap)
        new = _orthogonalise(new, basis[:, : step + 1])
        length = new.norm(dim=1)
        exhausted |= length < 1e-6  # the space of this start is complete
        length = length.masked_fill(exhausted, 0)
        betas[:, step - 1] = length
        basis[:, step + 1] = torch.where(
            exhausted[:, None], 0, new / length.clamp(min=1e-6)[:, None]
        )
        if step % check_every == 0 or step == max_steps or exhausted.all():
            best.look(basis[:, 1 : step + 1], alphas, betas, tolerance)
            if best.done.all():
                break
    return Cut(best.vectors * scale, 1 - best.values, best.residuals, step)


def _times(matrices: Tensor, vectors: Tensor) -> Tensor:
    """(B, N, N) times (B, N)."""
    return torch.bmm(matrices, vectors[..., None])[..., 0]


def _apply(graph: PatchGraph, scale: Tensor, vectors: Tensor) -> Tensor:
    """M times (B, N)."""
    scaled = scale * vectors
    strong = graph.kept * _times(graph.strong, graph.kept * scaled)
    weak = WEAK_EDGE * scaled.sum(1, keepdim=True)
    return scale * ((1 - WEAK_EDGE) * strong + weak)


def _orthogonalise(vectors: Tensor, basis: Tensor) -> Tensor:
    """Take the span of (B, K, N) out of (B, N), twice for float32."""
    for _ in range(2):
        overlap = _times(basis, vectors)
        vectors = vectors - _times(basis.transpose(1, 2), overlap)
    return vectors


def _start(top: Tensor) -> Tensor:
    """Unit vectors, orthogonal to top; one fixed noise for all frames."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(top.shape[1], generator=generator).to(top)
    return F.normalize(_orthogonalise(noise.expand_as(top), top[:, None]))


class _Best:
    """The Ritz vectors of B frames, each frozen once it is good enough."""

    def __init__(self, scale: Tensor) -> None:
        self.vectors = torch.zeros_like(scale)
        self.values = scale.new_zeros(len(scale), dtype=torch.float64)
        self.residuals = torch.zeros_like(self.values)
        self.done = torch.zeros_like(self.values, dtype=torch.bool)

    def look(
        self, basis: Tensor, alphas: Tensor, betas: Tensor, tolerance: float
    ) -> None:
        num_steps = basis.shape[1]
        inner = betas[:, : num_steps - 1]
        small = torch.diag_embed(alphas[:, :num_steps])
        small = (
            small + torch.diag_embed(inner, 1) + torch.diag_embed(inner, -1)
        )
        # tiny: the host is faster, and exact in float64
        values, parts = torch.linalg.eigh(small.cpu())
        values, parts = values[:, -1].to(alphas), parts[..., -1].to(alphas)
        residuals = betas[:, num_steps - 1] * parts[:, -1].abs()
        vectors = _times(basis.transpose(1, 2), parts.to(basis))
        fresh = ~self.done
        self.vectors = torch.where(fresh[:, None], vectors, self.vectors)
        self.values = torch.where(fresh, values, self.values)
        self.residuals = torch.where(fresh, residuals, self.residuals)
        limit = tolerance * values.clamp(min=tolerance, max=1)
        self.done |= residuals <= limit
