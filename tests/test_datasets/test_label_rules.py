"""Every kind of defect that a label file can show by itself."""

import pytest
from tiny_videos import make_content

from mmselfshot.datasets.label_rules import find_label_defects


def test_sound_file_has_no_defect():
    assert list(find_label_defects(make_content())) == []


@pytest.mark.parametrize('annotations', [None, []])
def test_file_without_annotations_is_sound(annotations):
    content = make_content()
    content['annotations'] = annotations
    assert list(find_label_defects(content)) == []
    del content['annotations']
    assert list(find_label_defects(content)) == []


@pytest.mark.parametrize(
    ('place', 'value', 'kind', 'named'),
    [
        (('annotations', 0, 'id'), 0, 'id 0', 'annotation 0'),
        (('annotations', 0, 'id'), 4, 'repeated id', 'annotation 4'),
        (('videos', 0, 'id'), 2, 'repeated id', 'video 2'),
        (('categories', 0, 'id'), 3, 'repeated id', 'category 3'),
        (('annotations', 1, 'id'), 'four', 'form', 'four'),
        (('annotations', 0, 'category_id'), 99, 'unknown category', '99'),
        (('annotations', 0, 'video_id'), 99, 'unknown video', '99'),
        (
            ('annotations', 0, 'segmentations'),
            [None],
            'list length',
            '1 segmentations, 3 frames',
        ),
        (
            ('annotations', 0, 'bboxes'),
            [None] * 4,
            'list length',
            '4 bboxes, 3 frames',
        ),
        (
            ('annotations', 0, 'frame_scores'),
            [],
            'list length',
            '0 frame_scores, 3 frames',
        ),
        (('annotations', 0, 'areas'), 5, 'form', 'areas is not a list'),
        (('annotations', 0, 'segmentations'), None, 'form', 'segmentations'),
        (('videos', 0, 'length'), 9, 'list length', 'length 9'),
        (('videos', 0, 'length'), 0, 'empty video', 'video 5'),
        (('videos', 0, 'height'), 0, 'form', 'height is 0'),
        (('videos', 1, 'labelled_frames'), [3], 'labelled frame', '[3]'),
        (('videos', 1, 'labelled_frames'), 'all', 'form', 'labelled_frames'),
        (('videos', 0, 'file_names'), 'a.jpg', 'form', 'file_names'),
        (('categories', 0, 'name'), None, 'form', "'name'"),
        (('videos',), None, 'form', "'videos'"),
        (('annotations',), {}, 'form', "'annotations'"),
    ],
)
def test_defect_is_named(place, value, kind, named):
    content = make_content()
    entry = content
    for key in place[:-1]:
        entry = entry[key]
    entry[place[-1]] = value
    defects = list(find_label_defects(content))
    assert kind in {defect.kind for defect in defects}
    assert named in ' '.join(str(defect) for defect in defects)


def test_video_without_frames_is_named():
    content = make_content()
    content['annotations'] = None
    content['videos'][1].update(file_names=[], length=0, labelled_frames=[])
    (defect,) = find_label_defects(content)
    assert str(defect) == 'empty video: video 2: it has no frames'


def test_list_is_no_label_file():
    (defect,) = find_label_defects([1, 2])
    assert defect.kind == 'form'
