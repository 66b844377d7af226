"""Masks that grow from the seed of a cut, for objects that touch.

Ours, no paper. MaskCut takes the whole connected part of a cut's foreground,
so that objects that touch each other become one mask. Here only patches that
are tied to most of what surrounds the seed are taken.
Shapes: h w patches of a grid, N = h * w.
"""

import numpy as np
import torch

from mmselfshot.labelling.maskcut_rules import MaskPicker, component_at

_ROUNDS = 2  # of asking who belongs to the core
_SHARE = 0.5  # of the core that a patch must be tied to


class SeedPicker(MaskPicker):
    """Takes what is alike around each cut's seed.

    What is too small becomes no mask, and is masked out all the same, so
    that the next cut finds something else.
    """

    def look(self, vector: np.ndarray) -> list[np.ndarray]:
        """Make at most one mask of the next eigenvector.

        Args:
            vector: (h, w) float.

        Returns:
            One (h, w) mask, disjoint from earlier ones, or none.
        """
        assert self.strong is not None
        side, seed, *_ = self.choose(vector)
        mask = component_at(side & ~self.taken, seed)
        if not mask.any():
            self._num_rejected += 1
            return []
        self._num_rejected = 0
        mask = self._grow(mask, seed)
        self.taken |= mask
        return [mask] if mask.mean() > self.min_area else []

    def _grow(self, mask: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
        """The part of a mask that is like its seed, never empty."""
        inside = torch.from_numpy(mask.ravel()).to(self.strong)
        start = int(np.ravel_multi_index(seed, mask.shape))
        core = self.strong[start] * inside
        for _ in range(_ROUNDS):
            ties = self.strong @ core
            core = inside * (ties > _SHARE * core.sum())
        core = core.bool().cpu().numpy().reshape(mask.shape)
        grown = component_at(core, seed)
        return grown if grown.any() else mask
