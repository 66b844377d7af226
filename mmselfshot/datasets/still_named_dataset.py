"""ToyVIS stills with the kinds that CLIP sees in them, not the true ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from mmselfshot.datasets.still_picture_dataset import StillPictureDataset
from mmselfshot.registry import DATASETS, MODELS


@DATASETS.register_module()
class StillNamedDataset(StillPictureDataset):
    """Pictures and, of given names, the one that CLIP likes best for each.

    No label file is read or needed.

    Args:
        data_root: A ToyVIS world, see `mmselfshot.datasets.toyvis`.
        namer: Config of a `CLIPNamer`; its classes are the kinds.
        split: `train` or `val`.
        flip_prob: Chance of a mirrored picture, in [0, 1].

    Raises:
        UserError: If there are no pictures.
    """

    def __init__(
        self,
        data_root: str,
        namer: Mapping[str, Any],
        split: str = 'train',
        flip_prob: float = 0.0,
    ) -> None:
        super().__init__(data_root, split)
        from mmselfshot.labelling.proposals import Proposals

        namer = MODELS.build(dict(namer))
        self.metainfo = dict(classes=tuple(namer.classes))
        self.flip_prob = flip_prob
        whole = Proposals.from_masks(
            np.ones((1, *self.pictures[0].shape[:2]), bool), [1.0]
        )
        self.labels = np.array(
            [namer.name(one, whole).labels[0] for one in self.pictures]
        )

    def __getitem__(self, index: int) -> dict:
        """A picture and its kind.

        Returns:
            `inputs` (3, H, W) uint8 RGB, `data_samples` (K,) bool, one True.
        """
        item = super().__getitem__(index)
        if torch.rand(()) < self.flip_prob:
            item['inputs'] = item['inputs'].flip(2)
        kinds = np.arange(len(self.metainfo['classes'])) == self.labels[index]
        return dict(**item, data_samples=torch.from_numpy(kinds))
