"""ToyVIS stills as mere pictures, for learning without labels."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from mmselfshot.registry import DATASETS
from mmselfshot.utils import UserError


@DATASETS.register_module()
class StillPictureDataset(Dataset):
    """Pictures kept in memory; no label file is read or needed.

    Args:
        data_root: A ToyVIS world, see `mmselfshot.datasets.toyvis`.
        split: `train` or `val`.

    Raises:
        UserError: If there are no pictures.
    """

    metainfo: dict = {}

    def __init__(self, data_root: str, split: str = 'train') -> None:
        folder = Path(data_root) / 'stills' / split
        paths = sorted(folder.glob('*.jpg'))
        if not paths:
            raise UserError(
                f'no pictures in {folder}; make them with '
                f'tools/dataset_tools/make_toyvis.py {data_root}'
            )
        self.pictures = [np.asarray(Image.open(path)) for path in paths]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> dict:
        """A picture: `inputs` (3, H, W) uint8 RGB."""
        picture = self.pictures[index].transpose(2, 0, 1)
        return dict(inputs=torch.from_numpy(np.ascontiguousarray(picture)))
