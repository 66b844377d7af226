"""The lattice against exact Gaussian sums, and the CRF on plain scenes."""

import numpy as np
import pytest

from mmselfshot.labelling.dense_crf import DenseCRF
from mmselfshot.labelling.permutohedral_lattice import (
    PermutohedralLattice,
    _enclose,
)


@pytest.mark.parametrize('num_dims', [1, 2, 5])
def test_lattice_filters_like_a_gaussian(num_dims):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(num_dims, 400)).astype(np.float32)
    values = rng.random((400, 2)).astype(np.float32)
    squares = ((points[:, :, None] - points[:, None]) ** 2).sum(0)
    kernel = np.exp(-squares / 2)
    exact = kernel @ values / kernel.sum(1, keepdims=True)
    lattice = PermutohedralLattice(points)
    found = lattice(values) / lattice(np.ones((400, 1), np.float32))
    assert np.abs(found - exact).mean() < 0.2 * np.abs(values - exact).mean()
    spread = exact - exact.mean(0)
    close = ((found - found.mean(0)) * spread).sum() / np.sqrt(
        ((found - found.mean(0)) ** 2).sum() * (spread**2).sum()
    )
    assert close > 0.85  # it is coarse in five dimensions


def test_point_on_the_lattice_has_one_corner():
    _, weights = _enclose(np.zeros((3, 1), np.float32))
    assert weights[0].tolist() == [1, 0, 0, 0]


def test_corner_weights_are_a_partition_of_unity():
    rng = np.random.default_rng(0)
    keys, weights = _enclose(rng.normal(0, 9, (4, 300)).astype(np.float32))
    assert weights.min() > -1e-4
    assert weights.sum(1) == pytest.approx(np.ones(300), abs=1e-4)
    # corner r lies at remainder r of 5 in each coordinate
    assert (keys % 5 == np.arange(5)[None, :, None]).all()


def scene(shift):
    """A red box on grey, and a mask of it that is off by some columns."""
    image = np.full((40, 60, 3), 90, np.uint8)
    image[10:30, 20:40] = (200, 40, 40)
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20 + shift : 40 + shift] = True
    return image, mask


def test_mask_moves_to_the_edges_of_the_image():
    image, mask = scene(4)
    refined = DenseCRF().refine(image, mask[None])[0]
    assert (refined == scene(0)[1]).all()


def test_masks_do_not_see_each_other():
    image, mask = scene(4)
    masks = np.stack([mask, ~mask, np.zeros_like(mask)])
    together = DenseCRF().refine(image, masks)
    for one, alone in zip(together, masks):
        assert (DenseCRF().refine(image, alone[None])[0] == one).all()
    assert not together[2].any()


def test_complement_is_refined_to_the_complement():
    image, mask = scene(3)
    both = DenseCRF().refine(image, np.stack([mask, ~mask]))
    assert (both[0] == ~both[1]).all()


def test_no_masks_give_no_masks():
    image, mask = scene(0)
    assert DenseCRF().refine(image, mask[None][:0]).shape == (0, 40, 60)


def test_without_steps_masks_stay():
    image, mask = scene(3)
    assert (DenseCRF(num_steps=0).refine(image, mask[None])[0] == mask).all()
