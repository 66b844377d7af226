"""Cuts against scipy's dense generalised decomposition."""

import numpy as np
import pytest
import scipy.linalg
import torch

from mmselfshot.labelling.normalised_cut import (
    WEAK_EDGE,
    PatchGraph,
    solve_cut,
)


def draw_points(num_frames=2, num_patches=60, num_kinds=3, seed=0):
    """Patches of a few kinds, with noise: (B, N, 16)."""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.randn(num_kinds, 16, generator=generator)
    shape = (num_frames, num_patches)
    labels = torch.randint(num_kinds, shape, generator=generator)
    return kinds[labels] + torch.randn(*shape, 16, generator=generator)


def dense(points, tau, gone=None):
    """Affinity in float64, entry by entry as the definition says."""
    if gone is not None:
        points = points * ~gone[:, None]
    unit = torch.nn.functional.normalize(points, dim=1).double().numpy()
    return np.where(unit @ unit.T > tau, 1, WEAK_EDGE)


def dense_cut(weights):
    degrees = np.diag(weights.sum(1))
    values, vectors = scipy.linalg.eigh(degrees - weights, degrees)
    return values[1], vectors[:, 1]


def cosine(one, other):
    return abs(one @ other) / np.linalg.norm(one) / np.linalg.norm(other)


def test_three_patches_by_hand():
    """Cosines of 1, 0 and 0: edges 1 on the diagonal and between 0 and 1."""
    points = torch.tensor([[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]])
    graph = PatchGraph.from_features(points, 0.5)
    assert graph.strong[0].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert graph.count_strong().tolist() == [[2, 2, 1]]
    degrees = graph.degrees()[0].tolist()
    assert degrees == pytest.approx([2 + 1e-5, 2 + 1e-5, 1 + 2e-5])
    cut = solve_cut(graph)
    vector = cut.vectors[0] / cut.vectors[0, 2]
    # orthogonal to the constant in the metric of degrees: -1 / 4 each
    assert vector.tolist() == pytest.approx([-0.25, -0.25, 1], abs=1e-4)


@pytest.mark.parametrize('num_patches', [5, 60, 700])
def test_degrees_are_row_sums(num_patches):
    points = draw_points(1, num_patches)
    graph = PatchGraph.from_features(points, 0.2)
    rows = dense(points[0], 0.2).sum(1)
    assert graph.degrees()[0].numpy() == pytest.approx(rows, rel=1e-6)
    assert torch.equal(graph.strong, graph.strong.transpose(1, 2))


def test_cuts_are_those_of_the_dense_solver():
    points = draw_points(3)
    cut = solve_cut(PatchGraph.from_features(points, 0.2))
    for b in range(3):
        value, vector = dense_cut(dense(points[b], 0.2))
        assert cut.values[b].item() == pytest.approx(value, abs=1e-5)
        assert cosine(cut.vectors[b].double().numpy(), vector) > 0.9999
        assert cut.residuals[b] <= 1e-5


def test_masked_patches_are_zeroed_features():
    points = draw_points(1)
    gone = torch.zeros(1, 60, dtype=torch.bool)
    gone[0, :20] = True
    graph = PatchGraph.from_features(points, 0.2).without(gone)
    weights = dense(points[0], 0.2, gone[0])
    assert graph.degrees()[0].numpy() == pytest.approx(weights.sum(1))
    value, vector = dense_cut(weights)
    cut = solve_cut(graph)
    assert cut.values.item() == pytest.approx(value, abs=1e-5)
    assert cosine(cut.vectors[0].double().numpy(), vector) > 0.9999


def test_cut_of_a_frame_does_not_depend_on_its_batch():
    points = draw_points(3)
    points[1] = 1.0  # solved after one step
    together = solve_cut(PatchGraph.from_features(points, 0.2))
    for b in (0, 2):
        alone = solve_cut(PatchGraph.from_features(points[b : b + 1], 0.2))
        assert torch.allclose(together.vectors[b], alone.vectors[0], atol=1e-5)


def test_graph_of_equal_patches_has_nothing_to_cut():
    cut = solve_cut(PatchGraph.from_features(torch.ones(1, 30, 4), 0.2))
    assert cut.values.item() == pytest.approx(1, abs=1e-5)
    assert cut.vectors.isfinite().all()


@pytest.mark.parametrize('num_patches', [1, 2])
def test_tiny_grids_have_a_defined_cut(num_patches):
    points = torch.eye(2)[None, :num_patches]
    cut = solve_cut(PatchGraph.from_features(points, 0.2))
    assert cut.vectors.shape == (1, num_patches)
    assert cut.vectors.isfinite().all()


@pytest.mark.gpu
def test_gpu_gives_the_cuts_of_the_cpu():
    points = draw_points(4, 400)
    here = solve_cut(PatchGraph.from_features(points, 0.2))
    there = solve_cut(PatchGraph.from_features(points.cuda(), 0.2))
    for one, other in zip(here.vectors, there.vectors.cpu()):
        assert cosine(one.numpy(), other.numpy()) > 0.9999
