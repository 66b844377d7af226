"""Official files are read as they are and come back as they were."""

import json

import pytest
from tiny_videos import make_content

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.utils import UserError


def write(path, content):
    path.write_text(json.dumps(content))
    return path


def test_entries_lie_by_video_in_file_order(tmp_path):
    labels = LabelFile.load(write(tmp_path / 'a.json', make_content()))
    assert list(labels.videos) == [5, 2]
    assert [one['id'] for one in labels.annotations[5]] == [4, 6]
    assert [one['id'] for one in labels.annotations[2]] == [11]
    assert [one['id'] for one in labels.categories] == [7, 3, 4]


def test_saved_file_equals_the_one_read(tmp_path):
    content = make_content()
    content['licenses'] = [1]  # unknown field after the lists
    LabelFile.load(write(tmp_path / 'a.json', content)).save(
        tmp_path / 'b.json'
    )
    saved = json.loads((tmp_path / 'b.json').read_text())
    assert saved == content
    assert list(saved) == list(content)


@pytest.mark.parametrize('how', ['null', 'missing', 'empty'])
def test_no_annotations_are_kept_as_they_were_said(tmp_path, how):
    content = make_content()
    content['annotations'] = None if how == 'null' else []
    if how == 'missing':
        del content['annotations']
    labels = LabelFile.load(write(tmp_path / 'a.json', content))
    assert labels.annotations == {5: [], 2: []}
    labels.save(tmp_path / 'b.json')
    assert json.loads((tmp_path / 'b.json').read_text()) == content


def test_new_annotations_come_last(tmp_path):
    content = make_content()
    labels = LabelFile.load(write(tmp_path / 'a.json', content))
    new = dict(content['annotations'][1], id=99, score=0.5, source='minvis@a')
    labels.annotations[5].insert(0, new)
    labels.save(tmp_path / 'b.json')
    saved = json.loads((tmp_path / 'b.json').read_text())
    assert saved['annotations'] == [*content['annotations'], new]


def test_labelled_frames_are_all_without_the_field(tmp_path):
    labels = LabelFile.load(write(tmp_path / 'a.json', make_content()))
    assert labels.labelled_frames(5) == [0, 1, 2, 3]
    assert labels.labelled_frames(2) == [0, 2]
    labels.videos[2]['labelled_frames'] = []
    assert labels.labelled_frames(2) == []


def test_frames_with_masks_are_those_of_any_object(tmp_path):
    labels = LabelFile.load(write(tmp_path / 'a.json', make_content()))
    assert labels.frames_with_masks(5) == [0, 1, 2]
    assert labels.frames_with_masks(2) == [0]


def test_subset_keeps_order_and_other_fields(tmp_path):
    content = make_content()
    labels = LabelFile.load(write(tmp_path / 'a.json', content))
    labels.subset([2]).save(tmp_path / 'b.json')
    saved = json.loads((tmp_path / 'b.json').read_text())
    assert saved['info'] == content['info']
    assert saved['videos'] == [content['videos'][1]]
    assert saved['annotations'] == [content['annotations'][0]]


def test_first_defect_is_named_and_others_counted(tmp_path):
    content = make_content()
    content['annotations'][0]['category_id'] = 99
    content['annotations'][1]['id'] = 0
    path = write(tmp_path / 'a.json', content)
    with pytest.raises(UserError, match=r'category_id 99 \(and 1 more\).*ch'):
        LabelFile.load(path)
    assert len(LabelFile.load(path, check=False).videos) == 2


def test_file_cut_in_the_middle_is_one_line(tmp_path):
    path = write(tmp_path / 'a.json', make_content())
    path.write_text(path.read_text()[:500])
    with pytest.raises(UserError, match=r'not complete JSON') as caught:
        LabelFile.load(path)
    assert '\n' not in str(caught.value)


def test_missing_file_says_where_and_how(tmp_path):
    with pytest.raises(
        UserError, match=r'no label file .*heldout\.json.*split'
    ):
        LabelFile.load(tmp_path / 'x_heldout.json')
    with pytest.raises(UserError, match='put it there'):
        LabelFile.load(tmp_path / 'x.json')


@pytest.mark.parametrize('content', [[], {'videos': []}, {'videos': [{}]}])
def test_other_json_is_refused_with_and_without_check(tmp_path, content):
    path = write(tmp_path / 'a.json', content)
    for check in (True, False):
        with pytest.raises(UserError, match='check_dataset'):
            LabelFile.load(path, check=check)


def test_real_file_is_sound(real_data_dir):
    labels = LabelFile.load(real_data_dir / 'real_vis' / 'instances.json')
    assert labels.frames_with_masks(1) == [0, 5, 8, 13]
    assert labels.frames_with_masks(2) == [0]
    assert labels.labelled_frames(1) == list(range(16))
