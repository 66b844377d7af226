"""Gaussian filtering of scattered points on the permutohedral lattice.

Source: Adams et al., "Fast High-Dimensional Filtering Using the
Permutohedral Lattice", Eurographics 2010, Sec. 3; scale and normalisation
as in the dense CRF of Kraehenbuehl and Koltun, NeurIPS 2011.
Ours: all points at once in numpy; splat, blur and slice are sparse matrices.
Shapes: P points, d dimensions, L lattice points, M columns of values.
"""

import numpy as np
from scipy import sparse


class PermutohedralLattice:
    """Filter with unit Gaussians between P fixed points.

    Args:
        points: (d, P) float32, positions in units of the standard deviation.
    """

    def __init__(self, points: np.ndarray) -> None:
        num_dims, num_points = points.shape
        keys, weights = _enclose(points.astype(np.float32, copy=False))
        codes, steps = _encode(keys)
        lattice, where = np.unique(codes.ravel(), return_inverse=True)
        rows = np.arange(0, weights.size + 1, num_dims + 1, dtype=np.int32)
        self._slice = sparse.csr_array(
            (weights.ravel(), where.ravel().astype(np.int32), rows),
            shape=(num_points, len(lattice)),
        )
        self._splat = self._slice.T.tocsr()
        self._blurs = [_blur_along(lattice, step) for step in steps]
        self._gain = np.float32(1 / (1 + 2.0**-num_dims))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Filter (P, M) float32; not normalised."""
        on_lattice = self._splat @ values
        for blur in self._blurs:
            on_lattice = blur @ on_lattice
        return self._slice @ on_lattice * self._gain


def _enclose(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the simplex around each point.

    Returns:
        keys: (P, d + 1, d) int64, lattice coordinates of the corners; the
            last coordinate, minus their sum, is left out.
        weights: (P, d + 1) float32, barycentric, they sum to 1.
    """
    num_dims, num_points = points.shape
    count = num_dims + 1
    raised = _raise_to_plane(points)
    nearest = np.round(raised / count)  # to the lattice of multiples of d + 1
    excess = nearest.sum(0).astype(np.int64)
    nearest = nearest.astype(np.int64) * count
    rest = raised - nearest
    rank = np.zeros((count, num_points), np.int64)
    for i in range(count):
        for j in range(i + 1, count):
            is_less = rest[i] < rest[j]
            rank[i] += is_less
            rank[j] += ~is_less
    rank += excess
    shift = count * ((rank < 0).astype(np.int64) - (rank > num_dims))
    rank += shift
    nearest += shift

    part = (raised - nearest) / count
    weights = np.zeros((num_points, count + 1), np.float32)
    each = np.arange(num_points)
    for i in range(count):
        weights[each, num_dims - rank[i]] += part[i]
        weights[each, count - rank[i]] -= part[i]
    weights[:, 0] += 1 + weights[:, count]

    corner = np.arange(count)[:, None]
    keys = np.empty((num_points, count, num_dims), np.int64)
    for i in range(num_dims):
        wraps = rank[i] > num_dims - corner  # (d + 1, P)
        keys[:, :, i] = (nearest[i] + corner - count * wraps).T
    return keys, weights[:, :count]


def _raise_to_plane(points: np.ndarray) -> np.ndarray:
    """(d, P) to (d + 1, P) whose columns sum to zero.

    The scale makes splatting and blurring a Gaussian of unit variance.
    """
    num_dims = len(points)
    index = np.arange(num_dims)
    scale = (
        np.sqrt(2 / 3) * (num_dims + 1) / np.sqrt((index + 1) * (index + 2))
    )
    scaled = points * scale.astype(np.float32)[:, None]
    raised = np.empty((num_dims + 1, points.shape[1]), np.float32)
    total = np.zeros_like(points[0])
    for j in range(num_dims, 0, -1):
        raised[j] = total - j * scaled[j - 1]
        total += scaled[j - 1]
    raised[0] = total
    return raised


def _encode(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the lattice points, one integer each.

    Returns:
        codes: (P, d + 1) int64.
        steps: (d + 1,) int64, what a step along each direction of the
            lattice adds to a code.
    """
    num_dims = keys.shape[-1]
    low = keys.min((0, 1)) - num_dims  # a step never leaves its digit
    span = keys.max((0, 1)) + num_dims + 1 - low
    digits = np.concatenate([[1], np.cumprod(span)[:-1]])
    assert np.prod(span.astype(float)) < 2.0**63, 'points too far apart'
    steps = np.full((num_dims + 1, num_dims), -1)
    steps[range(num_dims), range(num_dims)] = num_dims
    return (keys - low) @ digits, steps @ digits


def _blur_along(lattice: np.ndarray, step: int) -> sparse.csr_array:
    """(L, L) that adds half of both neighbours along one direction."""
    wanted = lattice + step
    found = np.searchsorted(lattice, wanted)
    found[found == len(lattice)] = 0
    rows = np.flatnonzero(lattice[found] == wanted)
    half = np.full(len(rows), 0.5, np.float32)
    ahead = sparse.csr_array(
        (half, (rows, found[rows])), shape=(len(lattice),) * 2
    )
    one = sparse.eye_array(len(lattice), dtype=np.float32, format='csr')
    return (ahead + ahead.T + one).tocsr()
