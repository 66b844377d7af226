"""Image episodes: the four splits, queries of test, supports of a class."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets.coco_episode_dataset import CocoEpisodeDataset
from mmselfshot.datasets.coco_images import (
    coco_split,
    pairs_of_images,
    read_coco,
)
from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.utils import UserError

# classes 1 to 8; split 2 tests on the second and the sixth, 2 and 6
IMAGES = {1: (1, 2), 2: (1,), 3: (2,), 4: (2, 6), 5: (6,), 6: (2,), 7: ()}


@pytest.fixture
def given(tmp_path):
    content = {
        'categories': [{'id': n, 'name': f'class{n}'} for n in range(8, 0, -1)]
    }
    content['images'] = [
        {'id': n, 'file_name': f'{n:03d}.png', 'width': 20, 'height': 10}
        for n in IMAGES
    ]
    content['annotations'] = [
        {
            'id': 10 * n + kind,
            'image_id': n,
            'category_id': kind,
            'iscrowd': 0,
            'bbox': [kind, 2, 3, 4],
            'segmentation': [[kind, 2, kind + 3, 2, kind + 3, 6, kind, 6]],
        }
        for n, kinds in IMAGES.items()
        for kind in kinds
    ]
    for n in IMAGES:
        Image.fromarray(np.full((10, 20, 3), n, np.uint8)).save(
            tmp_path / f'{n:03d}.png'
        )
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(content))
    return {
        'ann_file': str(path),
        'data_prefix': {'img': str(tmp_path)},
        'split': 2,
        'pipeline': [dict(type='PackEpisode')],
    }


def test_splits_are_every_fourth_class(given):
    labels = read_coco(given['ann_file'])
    assert 7 not in labels.videos
    ids = [coco_split(labels, n).test.values() for n in (1, 2, 3, 4)]
    assert [list(one) for one in ids] == [[1, 5], [2, 6], [3, 7], [4, 8]]
    assert len(coco_split(labels, 1).train) == 6
    with pytest.raises(UserError, match='no split 5 of COCO'):
        coco_split(labels, 5)


def test_training_knows_no_test_class(given):
    """Only images 1 and 2 show a class to train on, 1."""
    dataset = CocoEpisodeDataset(**given)
    assert len(dataset) == 2
    sample = dataset[SampleIndex(0, 0, 0)]
    assert sample['inputs']['query'].shape == (1, 3, 10, 20)
    assert sample['inputs']['supports'].shape == (1, 1, 3, 10, 20)
    assert (sample['inputs']['supports'] == 2).all()
    packed = sample['data_samples']
    assert packed.category_ids == [1] and len(packed.gt_sequences) == 1
    assert packed.gt_sequences.masks.sum() == 3 * 4


def test_each_image_is_asked_for_each_test_class(given):
    dataset = CocoEpisodeDataset(**given, num_supports=2, test_mode=True)
    asked = [dataset[n]['data_samples'] for n in range(len(dataset))]
    assert [(one.label_video_id, *one.category_ids) for one in asked] == [
        (1, 2),
        (3, 2),
        (4, 2),
        (6, 2),
        (4, 6),
        (5, 6),
    ]
    assert len({one.video_id for one in asked}) == 6
    for one in asked:
        names = {int(name) for name in one.support_names}
        kind = one.category_ids[0]
        assert one.label_video_id not in names
        assert all(kind in IMAGES[name] for name in names)
        assert len(names) == (2 if kind == 2 else 1)
    fewer = CocoEpisodeDataset(**given, test_mode=True)
    first = [fewer[n]['data_samples'].support_names for n in range(6)]
    assert first == [one.support_names[:1] for one in asked]
    one = CocoEpisodeDataset(
        **given, num_supports=2, max_supports=1, test_mode=True
    )
    assert [one[n]['data_samples'].support_names for n in range(6)] == first
    none = CocoEpisodeDataset(**given, max_supports=0, test_mode=True)
    assert len(none) == 6
    assert none[0]['inputs']['supports'].shape[0] == 0
    truth = dataset.truth()
    assert [len(many) for many in truth.annotations.values()] == [1] * 6


def test_crowds_are_not_asked_for_and_seeds_draw_other_supports(given):
    path = Path(given['ann_file'])
    content = json.loads(path.read_text())
    for one in content['annotations']:
        one['iscrowd'] = int(one['image_id'] == 3)
    path.write_text(json.dumps(content))
    labels = read_coco(path)
    pairs = list(pairs_of_images(labels, [2], 1, 0))
    assert [pair.video_id for pair in pairs] == [1, 4, 6]
    drawn = {
        tuple(pair.supports for pair in pairs_of_images(labels, [2], 1, seed))
        for seed in range(8)
    }
    assert len(drawn) > 1


def test_another_file_is_one_line(given, tmp_path):
    (tmp_path / 'other.json').write_text('{"images": []}')
    given['ann_file'] = str(tmp_path / 'other.json')
    with pytest.raises(UserError, match='holds no COCO instances'):
        CocoEpisodeDataset(**given)
