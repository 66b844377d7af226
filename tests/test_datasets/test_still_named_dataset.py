"""Stills with the names that CLIP gives them."""

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets.still_named_dataset import StillNamedDataset
from mmselfshot.utils import UserError

NAMER = dict(
    type='CLIPNamer',
    clip=dict(
        type='OpenCLIP',
        model_config='mmselfshot://toy_clip.json',
        pretrained='mmselfshot://toy_clip.pth',
    ),
    classes=['disc', 'cross', 'fish'],
)


@pytest.fixture
def world(tmp_path):
    """A disc and a cross, and no label file."""
    folder = tmp_path / 'stills/train'
    folder.mkdir(parents=True)
    rows, columns = np.mgrid[:64, :64] - 31.5
    upright = (abs(rows) < 8) & (abs(columns) < 24)
    shapes = rows**2 + columns**2 < 22**2, upright | upright.T
    for index, shape in enumerate(shapes):
        picture = np.full((64, 64, 3), (190, 180, 150), np.uint8)
        picture[shape] = (225, 45, 45)
        picture[:, 0] = 0
        Image.fromarray(picture).save(folder / f'{index}.jpg', quality=95)
    return tmp_path


def test_names_come_from_the_pictures(world):
    stills = StillNamedDataset(str(world), NAMER)
    assert stills.metainfo['classes'] == ('disc', 'cross', 'fish')
    assert [stills[i]['data_samples'].tolist() for i in range(2)] == [
        [True, False, False],
        [False, True, False],
    ]


def test_flip_moves_the_left_column_to_the_right(world):
    plain = StillNamedDataset(str(world), NAMER)[0]['inputs']
    flipped = StillNamedDataset(str(world), NAMER, flip_prob=1.0)[0]['inputs']
    assert (flipped.flip(2) == plain).all() and not (flipped == plain).all()


def test_missing_world_is_named(tmp_path):
    with pytest.raises(UserError, match=r'make_toyvis\.py'):
        StillNamedDataset(str(tmp_path), NAMER)
