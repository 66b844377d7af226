"""Files of a world, from masks made by hand."""

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets.toyvis import writers
from mmselfshot.structures import decode_mask


def test_annotation_by_hand():
    masks = np.zeros((1, 2, 4, 6), bool)
    masks[0, 1, 1:3, 2:5] = True
    masks[0, 1, 1, 2] = False
    (entry,) = writers.annotation_entries(masks, [7])
    assert entry['category_id'] == 7 and entry['iscrowd'] == 0
    assert (entry['height'], entry['width'], entry['length']) == (4, 6, 2)
    assert entry['areas'] == [None, 5]
    assert entry['bboxes'] == [None, [2.0, 1.0, 3.0, 2.0]]
    assert entry['segmentations'][0] is None
    assert isinstance(entry['segmentations'][1]['counts'], str)
    decoded = decode_mask(entry['segmentations'][1], 4, 6)
    np.testing.assert_array_equal(decoded, masks[0, 1])


def test_slivers_are_dropped_below_the_least_number():
    masks = np.zeros((1, 3, 2, 4), bool)
    masks[0, 0, 0, :2] = True
    masks[0, 1, 0, :3] = True
    kept = writers.drop_slivers(masks, 3)
    assert kept.sum((2, 3)).tolist() == [[0, 3, 0]]


def test_label_file_counts_ids_from_one_over_all_videos():
    parts = [
        {'video': {'id': 1}, 'annotations': [{'a': 0}, {'a': 1}]},
        {'video': {'id': 2}, 'annotations': []},
        {'video': {'id': 3}, 'annotations': [{'a': 2}]},
    ]
    content = writers.label_file(parts, ('ring', 'star'), '')
    ids = [(a['id'], a['video_id'], a['a']) for a in content['annotations']]
    assert ids == [(1, 1, 0), (2, 1, 1), (3, 3, 2)]
    names = [(c['id'], c['name']) for c in content['categories']]
    assert names == [(1, 'ring'), (2, 'star')]


def test_palette_is_the_one_of_davis():
    palette = writers.davis_palette()
    first = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]]
    assert palette[:5].tolist() == first
    assert palette[8].tolist() == [64, 0, 0]
    assert palette[255].tolist() == [224, 224, 192]


def test_indexed_picture_reads_back(tmp_path):
    owner = np.array([[0, 1], [2, 1]], np.uint8)
    writers.save_indexed(tmp_path / 'a.png', owner)
    image = Image.open(tmp_path / 'a.png')
    assert image.mode == 'P'
    np.testing.assert_array_equal(np.array(image), owner)
    assert image.getpalette()[3:6] == [128, 0, 0]


def test_owner_map_numbers_objects_from_one():
    masks = np.zeros((2, 1, 1, 3), bool)
    masks[0, 0, 0, 2] = masks[1, 0, 0, 0] = True
    assert writers.owner_map(masks).tolist() == [[[2, 0, 1]]]


def test_a_failing_frame_leaves_no_folder(tmp_path, monkeypatch):
    frames = np.zeros((2, 4, 4, 3), np.uint8)
    save = writers.save_picture

    def fail_at_second(path, image, quality):
        if path.name == '00001.jpg':
            raise KeyboardInterrupt
        save(path, image, quality)

    monkeypatch.setattr(writers, 'save_picture', fail_at_second)
    with pytest.raises(KeyboardInterrupt):
        writers.save_folder(tmp_path / 'v', frames, 90)
    assert not (tmp_path / 'v').exists()
    monkeypatch.undo()
    names = writers.save_folder(tmp_path / 'v', frames, 90)
    assert names == ['v/00000.jpg', 'v/00001.jpg']
    assert [path.name for path in tmp_path.iterdir()] == ['v']
