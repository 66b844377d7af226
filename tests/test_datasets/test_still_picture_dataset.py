"""Pictures without labels."""

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets import StillPictureDataset
from mmselfshot.utils import UserError


def test_pictures_come_in_order_without_any_label_file(tmp_path):
    folder = tmp_path / 'stills/train'
    folder.mkdir(parents=True)
    for index, grey in enumerate((30, 90, 200)):
        picture = np.full((6, 8, 3), grey, np.uint8)
        Image.fromarray(picture).save(folder / f'{index:05d}.jpg')
    stills = StillPictureDataset(str(tmp_path))
    assert len(stills) == 3
    assert stills[0]['inputs'].shape == (3, 6, 8)
    greys = [stills[k]['inputs'].float().mean().item() for k in range(3)]
    assert greys == pytest.approx([30, 90, 200], abs=2)


def test_missing_pictures_are_named(tmp_path):
    with pytest.raises(UserError, match=r'no pictures in .*stills/val'):
        StillPictureDataset(str(tmp_path), 'val')
