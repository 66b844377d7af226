"""Stills of several sizes with their captions."""

import json

import pytest
import torch

from mmselfshot.apis.toy_clip import draw_stills
from mmselfshot.datasets import StillCaptionDataset
from mmselfshot.utils import UserError


@pytest.fixture(scope='module')
def roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp('captions')
    return [str(root) for root in draw_stills(folder, 20, num_workers=1)]


def test_pictures_of_all_sizes_have_one_size(roots):
    dataset = StillCaptionDataset(roots, side=64)
    assert len(dataset) == 60 and len(list(dataset)) == 60
    for sample in dataset:
        assert sample['inputs'].shape == (3, 64, 64)
        assert sample['inputs'].dtype == torch.uint8


def test_kinds_come_from_the_caption_and_are_the_true_ones(roots):
    dataset = StillCaptionDataset(roots[:1])
    with open(f'{roots[0]}/stills/train.json') as file:
        table = json.load(file)
    true = {a['image_id']: a['kind'] for a in table['annotations']}
    names = dataset.metainfo['classes']
    for still, sample in zip(table['images'], dataset):
        labels = sample['data_samples']
        assert labels['caption'] == still['caption']
        found = [n for n, is_it in zip(names, labels['kinds']) if is_it]
        assert found == [true[still['id']]]


def test_neither_boxes_nor_masks_are_read(roots, tmp_path):
    """A data root without annotations gives the same samples."""
    bare = tmp_path / 'stills'
    bare.mkdir()
    with open(f'{roots[0]}/stills/train.json') as file:
        table = json.load(file)
    del table['annotations']
    (bare / 'train.json').write_text(json.dumps(table))
    (bare / 'train').symlink_to(f'{roots[0]}/stills/train')
    torch.manual_seed(0)
    bare_samples = list(StillCaptionDataset([str(tmp_path)]))
    torch.manual_seed(0)
    for one, other in zip(StillCaptionDataset(roots[:1]), bare_samples):
        assert torch.equal(one['inputs'], other['inputs'])
        assert one['data_samples']['text'] == other['data_samples']['text']
        assert torch.equal(
            one['data_samples']['kinds'], other['data_samples']['kinds']
        )


def test_missing_stills_and_mixed_levels_are_named(roots, tmp_path):
    with pytest.raises(UserError, match=r'make_toyvis\.py'):
        StillCaptionDataset([str(tmp_path)])
    other = tmp_path / 'stills'
    other.mkdir()
    (other / 'train.json').write_text(
        json.dumps(dict(images=[], categories=[dict(id=1, name='cat')]))
    )
    with pytest.raises(UserError, match='has other kinds'):
        StillCaptionDataset([roots[0], str(tmp_path)])
