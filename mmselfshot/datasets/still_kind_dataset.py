"""ToyVIS stills with the set of kinds in each, to pretrain a backbone."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from mmselfshot.registry import DATASETS
from mmselfshot.utils import UserError, read_json


@DATASETS.register_module()
class StillKindDataset(Dataset):
    """Pictures kept in memory as they were decoded once.

    Args:
        data_root: A ToyVIS world, see `mmselfshot.datasets.toyvis`.
        split: `train` or `val`.
        flip_prob: Chance of a mirrored picture, in [0, 1]; kinds have no
            handedness.

    Raises:
        UserError: If the world has no such stills.
    """

    def __init__(
        self, data_root: str, split: str = 'train', flip_prob: float = 0.0
    ) -> None:
        folder = Path(data_root) / 'stills'
        if not (folder / f'{split}.json').is_file():
            raise UserError(
                f'no {folder / split}.json; make it with '
                f'tools/dataset_tools/make_toyvis.py {data_root}'
            )
        table = read_json(folder / f'{split}.json')
        self.metainfo = dict(
            classes=tuple(kind['name'] for kind in table['categories'])
        )
        self.flip_prob = flip_prob
        column = {
            kind['id']: index for index, kind in enumerate(table['categories'])
        }
        row = {still['id']: i for i, still in enumerate(table['images'])}
        self.kinds = np.zeros((len(row), len(column)), dtype=bool)
        for annotation in table['annotations']:
            self.kinds[
                row[annotation['image_id']], column[annotation['category_id']]
            ] = True
        self.pictures = [
            np.asarray(Image.open(folder / split / still['file_name']))
            for still in table['images']
        ]

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> dict:
        """A picture and its kinds.

        Returns:
            `inputs` (3, H, W) uint8 RGB, `data_samples` (K,) bool, its kinds.
        """
        picture = self.pictures[index]
        if torch.rand(()) < self.flip_prob:
            picture = picture[:, ::-1]
        inputs = np.ascontiguousarray(picture.transpose(2, 0, 1))
        return dict(
            inputs=torch.from_numpy(inputs),
            data_samples=torch.from_numpy(self.kinds[index]),
        )
