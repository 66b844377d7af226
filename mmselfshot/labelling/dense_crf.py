"""Masks snapped to the edges of their image by a dense CRF.

Source: Kraehenbuehl and Koltun, "Efficient Inference in Fully Connected
CRFs with Gaussian Edge Potentials", NeurIPS 2011; the settings are those of
CutLER:maskcut/crf.py. Checked against pydensecrf, which is not needed.
Ours: all masks of an image share one lattice and go through it together,
and of the two classes only the object's probability is filtered.
Shapes: N masks, P = H * W pixels.
"""

from functools import lru_cache

import numpy as np

from mmselfshot.labelling.permutohedral_lattice import PermutohedralLattice


class DenseCRF:
    """Mean-field inference in a fully connected CRF of two classes.

    Args:
        num_steps: Mean-field updates.
        near_std: Of the smoothness kernel, in pixels.
        near_weight: Of the smoothness kernel, a Potts penalty.
        far_std: Of the appearance kernel, in pixels.
        colour_std: Of the appearance kernel, in 0..255 RGB values.
        far_weight: Of the appearance kernel, a Potts penalty.
    """

    def __init__(
        self,
        num_steps: int = 10,
        near_std: float = 3,
        near_weight: float = 7,
        far_std: float = 50,
        colour_std: float = 5,
        far_weight: float = 10,
    ) -> None:
        self.num_steps = num_steps
        self.near_std = near_std
        self.near_weight = near_weight
        self.far_std = far_std
        self.colour_std = colour_std
        self.far_weight = far_weight

    def refine(self, image: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """Move the outlines of masks to edges of the image.

        Args:
            image: (H, W, 3) uint8, RGB.
            masks: (N, H, W) bool, each on its own: they may overlap.

        Returns:
            (N, H, W) bool; a mask that the image does not support may be
            empty.
        """
        if not len(masks):
            return masks.astype(bool)
        height, width = image.shape[:2]
        place = _pixel_places(height, width)
        colour = image.reshape(-1, 3).T.astype(np.float32) / self.colour_std
        points = np.concatenate([place / np.float32(self.far_std), colour])
        kernels = [
            (self.near_weight, _place_kernel(height, width, self.near_std)),
            (self.far_weight, _Kernel(points)),
        ]
        # log odds of the softmax over (1 - m, m)
        unary = np.where(masks, 1, -1).reshape(len(masks), -1).T
        unary = np.ascontiguousarray(unary, dtype=np.float32)
        odds = unary
        for _ in range(self.num_steps):
            chance = 1 / (1 + np.exp(-odds))
            odds = unary.copy()
            for weight, kernel in kernels:
                odds += weight * kernel.compare(chance)
        return (odds > 0).T.reshape(masks.shape)


class _Kernel:
    """A Gaussian kernel between pixels, normalised from both sides.

    Args:
        points: (d, P) float32, in units of the standard deviation.
    """

    def __init__(self, points: np.ndarray) -> None:
        self._lattice = PermutohedralLattice(points)
        ones = np.ones((points.shape[1], 1), np.float32)
        self._norm = 1 / np.sqrt(self._lattice(ones) + np.float32(1e-20))
        self._total = self._filter(ones)

    def _filter(self, values: np.ndarray) -> np.ndarray:
        return self._norm * self._lattice(self._norm * values)

    def compare(self, chance: np.ndarray) -> np.ndarray:
        """Filtered chance of the object minus that of the rest, (P, N)."""
        return 2 * self._filter(chance) - self._total


def _pixel_places(height: int, width: int) -> np.ndarray:
    """(2, P) float32, column and row of each pixel."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([columns.ravel(), rows.ravel()])


@lru_cache(maxsize=4)  # it depends on the size alone; 40 MB at 480x480
def _place_kernel(height: int, width: int, std: float) -> _Kernel:
    return _Kernel(_pixel_places(height, width) / np.float32(std))
