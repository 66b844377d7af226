"""Every defect of a data set is listed, and none is invented."""

import json
from collections import Counter

import pytest
from mmengine.config import Config
from PIL import Image
from tiny_videos import box_rle, make_content, write_video_set

from mmselfshot.datasets.check import check_data_set, data_sets_of_config
from mmselfshot.utils import UserError


def check(root, content=None):
    ann_file = write_video_set(root, content)
    return list(check_data_set(ann_file, root / 'frames'))


def test_sound_set(tmp_path):
    assert check(tmp_path) == []


def test_every_defect_of_the_frames(tmp_path):
    ann_file = write_video_set(tmp_path)
    wide, high = tmp_path / 'frames' / 'wide', tmp_path / 'frames' / 'high'
    (wide / '00001.png').unlink()
    whole = (wide / '00002.png').read_bytes()
    (wide / '00002.png').write_bytes(whole[:50])
    Image.new('RGB', (16, 23)).save(high / '00000.png')
    found = list(check_data_set(ann_file, tmp_path / 'frames'))
    assert [one.kind for one in found] == [
        'missing frame',
        'unreadable frame',
        'frame size',
    ]
    assert '00001.png' in found[0].where
    assert '00002.png' in found[1].where
    assert found[2].found == '16x23, its video 16x24 (width x height)'


def test_truncated_jpg(tmp_path):
    content = make_content()
    content['videos'][0]['file_names'][0] = 'wide/00000.jpg'
    ann_file = write_video_set(tmp_path, content)
    path = tmp_path / 'frames' / 'wide' / '00000.jpg'
    path.write_bytes(path.read_bytes()[:-20])
    (found,) = check_data_set(ann_file, tmp_path / 'frames')
    assert found.kind == 'unreadable frame'


def test_every_defect_of_the_masks(tmp_path):
    content = make_content()
    masks = content['annotations'][1]['segmentations']
    masks[0] = box_rle((0, 0, 2, 2), 24, 16)
    masks[1] = {'size': [16, 24], 'counts': '12'}
    masks[2] = 5
    found = check(tmp_path, content)
    assert [one.kind for one in found] == [
        'mask size',
        'unreadable mask',
        'unreadable mask',
    ]
    assert [one.where for one in found] == [
        f'video 5, annotation 4, frame {frame}' for frame in range(3)
    ]


def test_defects_of_labels_and_frames_come_together(tmp_path):
    content = make_content()
    content['annotations'][0]['category_id'] = 99
    content['annotations'][1]['id'] = 0
    content['annotations'][2]['id'] = 11
    content['annotations'][2]['segmentations'].append(None)
    content['videos'].append(
        {'id': 9, 'width': 8, 'height': 8, 'length': 0, 'file_names': []}
    )
    ann_file = write_video_set(tmp_path, content)
    (tmp_path / 'frames' / 'high' / '00001.png').unlink()
    found = check_data_set(ann_file, tmp_path / 'frames')
    assert Counter(one.kind for one in found) == {
        'unknown category': 1,
        'id 0': 1,
        'repeated id': 1,
        'list length': 1,
        'empty video': 1,
        'missing frame': 1,
    }


@pytest.mark.parametrize(
    'content',
    [
        [],
        {},
        {'videos': 3, 'categories': [], 'annotations': [4]},
        {'videos': [{}], 'categories': [{}], 'annotations': [{}]},
        {
            'videos': [{'id': [1], 'file_names': [3], 'width': 'a'}],
            'categories': [],
            'annotations': [{'video_id': [1], 'segmentations': 4}],
        },
    ],
)
def test_any_json_gives_defects_and_no_exception(tmp_path, content):
    path = tmp_path / 'labels.json'
    path.write_text(json.dumps(content))
    assert list(check_data_set(path, tmp_path))


def test_cut_file_is_an_error_of_its_own(tmp_path):
    path = write_video_set(tmp_path)
    path.write_text(path.read_text()[:99])
    with pytest.raises(UserError, match='not complete JSON'):
        list(check_data_set(path, tmp_path))


def test_progress_sees_every_video(tmp_path):
    ann_file = write_video_set(tmp_path)
    seen = []

    def watch(videos):
        seen.append(len(videos))
        return videos

    assert list(check_data_set(ann_file, tmp_path / 'frames', watch)) == []
    assert seen == [2]


def test_data_sets_of_a_config_come_once():
    loader = {
        'dataset': {
            'ann_file': 'a.json',
            'data_root': 'root/',
            'data_prefix': {'img': 'x/'},
        }
    }
    config = Config(
        {
            'train_dataloader': loader,
            'val_dataloader': loader,
            'test_dataloader': {'dataset': {'ann_file': '/b.json'}},
        }
    )
    assert data_sets_of_config(config) == [
        ('root/a.json', 'root/x/'),
        ('/b.json', ''),
    ]
    with pytest.raises(UserError, match='names no label file'):
        data_sets_of_config(Config({'model': {}}))
