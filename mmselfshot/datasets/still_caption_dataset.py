"""ToyVIS stills with their captions, to train a small CLIP."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from mmselfshot.datasets.caption_words import vary_caption
from mmselfshot.registry import DATASETS
from mmselfshot.utils import UserError, read_json


@DATASETS.register_module()
class StillCaptionDataset(Dataset):
    """Pictures in memory at one size; neither boxes nor masks are read.

    Args:
        data_roots: ToyVIS worlds, see `mmselfshot.datasets.toyvis`; their
            stills may have several sizes.
        split: `train` or `val`.
        side: Pixels of the square that each picture is resized to.
        bare_prob: Chance that a varied caption names the kinds alone: where
            all captions are whole, backgrounds and colours are learnt long
            before kinds.

    Raises:
        UserError: If a world has no such stills.
    """

    def __init__(
        self,
        data_roots: Sequence[str],
        split: str = 'train',
        side: int = 64,
        bare_prob: float = 0.5,
    ) -> None:
        self.bare_prob = bare_prob
        self.pictures: list[np.ndarray] = []
        self.captions: list[str] = []
        self.kinds: list[torch.Tensor] = []
        self.metainfo: dict = {}
        for root in data_roots:
            self._read(Path(root) / 'stills', root, split, side)

    def _read(self, folder: Path, root: str, split: str, side: int) -> None:
        if not (folder / f'{split}.json').is_file():
            raise UserError(
                f'no {folder / split}.json; make it with '
                f'tools/dataset_tools/make_toyvis.py {root}'
            )
        table = read_json(folder / f'{split}.json')
        names = tuple(kind['name'] for kind in table['categories'])
        if self.metainfo.get('classes', names) != names:
            raise UserError(
                f'{root} has other kinds than the worlds before it; give '
                'worlds of one level'
            )
        self.metainfo['classes'] = names
        for still in table['images']:
            picture = Image.open(folder / split / still['file_name'])
            if picture.size != (side, side):
                picture = picture.resize((side, side), Image.BILINEAR)
            self.pictures.append(np.asarray(picture))
            self.captions.append(still['caption'])
            shown = still['caption'].partition(' on ')[0].split()
            self.kinds.append(torch.tensor([name in shown for name in names]))

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> dict:
        """A picture and what is said of it.

        Returns:
            `inputs` (3, H, W) uint8 RGB, and `data_samples` with `caption`,
            `text` (the caption varied) and `kinds` (K,) bool, the kinds that
            the caption names.
        """
        picture = self.pictures[index].transpose(2, 0, 1)
        caption = self.captions[index]
        return dict(
            inputs=torch.from_numpy(np.ascontiguousarray(picture)),
            data_samples=dict(
                caption=caption,
                text=vary_caption(caption, self.bare_prob),
                kinds=self.kinds[index],
            ),
        )
