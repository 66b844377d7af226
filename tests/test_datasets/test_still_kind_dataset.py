import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets.still_kind_dataset import StillKindDataset
from mmselfshot.utils import UserError, write_json


@pytest.fixture
def world(tmp_path):
    folder = tmp_path / 'stills'
    (folder / 'train').mkdir(parents=True)
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, 0] = 255
    for index in range(2):
        Image.fromarray(picture).save(folder / f'train/{index}.png')
    write_json(
        folder / 'train.json',
        {
            'categories': [{'id': 7, 'name': 'disc'}, {'id': 3, 'name': 'x'}],
            'images': [
                {'id': 5, 'file_name': '0.png'},
                {'id': 9, 'file_name': '1.png'},
            ],
            'annotations': [
                {'image_id': 9, 'category_id': 7},
                {'image_id': 9, 'category_id': 3},
                {'image_id': 5, 'category_id': 3},
            ],
        },
    )
    return tmp_path


def test_kinds_follow_ids(world):
    stills = StillKindDataset(str(world))
    assert stills.metainfo['classes'] == ('disc', 'x')
    assert [s['data_samples'].tolist() for s in stills] == [
        [False, True],
        [True, True],
    ]


def test_flip_moves_the_left_column_to_the_right(world):
    plain = StillKindDataset(str(world))[0]['inputs']
    flipped = StillKindDataset(str(world), flip_prob=1.0)[0]['inputs']
    assert plain.shape == (3, 4, 6)
    assert plain[0, 0].tolist() == [255, 0, 0, 0, 0, 0]
    assert flipped[0, 0].tolist() == [0, 0, 0, 0, 0, 255]


def test_missing_world_is_named(tmp_path):
    with pytest.raises(UserError, match=r'make_toyvis\.py'):
        StillKindDataset(str(tmp_path))
