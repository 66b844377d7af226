"""Label files out of tables, read back by the data set."""

import json

import numpy as np
import pytest
from PIL import Image
from tiny_candidates import SIZE, make_table

from mmselfshot.datasets import LabelFile, VideoInstanceDataset
from mmselfshot.labelling.label_writer import make_label_file, read_replaced
from mmselfshot.utils import UserError


def filtered_table():
    """Frame 0 keeps a cat and a dog, frame 1 nothing, frame 2 was not
    looked at."""
    table = make_table(
        mask_score=[0.5, 1.0, 0.9],
        prob=[0.8, 0.004, 0.9],
        left=[0, 30, 5],
        frame_id=[0, 0, 1],
    )
    table.drop([2], 'clip score')
    return table


def test_fields_of_an_annotation_by_hand():
    labels = make_label_file(filtered_table())
    cat, dog = labels.annotations[7]
    assert (cat['id'], dog['id']) == (1, 2)
    assert (cat['category_id'], dog['category_id']) == (1, 2)
    assert cat['bboxes'] == [[0, 5, 10, 10], None, None]
    assert cat['areas'] == [100, None, None]
    assert cat['score'] == pytest.approx(0.4)  # 0.5 * 0.8
    assert cat['frame_scores'] == [cat['score'], None, None]
    assert cat['frame_sources'] == ['test', None, None]
    assert cat['class_scores'] == {'1': 0.8, '2': 0.2}
    assert dog['class_scores'] == {'2': 0.996}  # .004 is not worth a line
    assert cat['segmentations'][1:] == [None, None]
    assert labels.labelled_frames(7) == [0]


def test_video_without_kept_mask_is_there_and_not_labelled():
    table = make_table(mask_score=[])
    labels = make_label_file(table)
    assert labels.videos[7]['labelled_frames'] == []
    assert labels.annotations[7] == []


def test_file_is_read_back_by_the_data_set(tmp_path):
    for index in range(3):
        path = tmp_path / f'frames/v/{index}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((*SIZE, 3), index, np.uint8)).save(path)
    make_label_file(filtered_table()).save(tmp_path / 'l.json')
    LabelFile.load(tmp_path / 'l.json')  # has no defect
    dataset = VideoInstanceDataset(
        'l.json',
        data_root=str(tmp_path),
        data_prefix=dict(img='frames'),
        classes=('dog', 'cat'),
        num_frames=1,
        pipeline=[
            dict(type='LoadFrames'),
            dict(type='LoadFrameAnnotations'),
            dict(type='PackClipInputs'),
        ],
    )
    frame = dataset[0]['data_samples'][0]
    assert frame.metainfo['frame_id'] == 0  # the only labelled one
    assert frame.gt_instances.labels.tolist() == [1, 0]
    assert frame.gt_instances.bboxes.tolist()[0] == [0, 5, 10, 15]


def human_file(**changes):
    """Frame 1 drawn by hand, frame 0 by a machine, frame 2 seen as empty."""
    rle = make_table(mask_score=[1]).rles[0]
    rle = {**rle, 'counts': rle['counts'].decode()}
    video = filtered_table().videos[7]
    return LabelFile(
        [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'dog'}],
        [
            {
                'id': 7,
                'width': SIZE[1],
                'height': SIZE[0],
                'file_names': video['file_names'],
                'labelled_frames': [0, 1, 2],
            }
        ],
        [
            {
                'id': 4,
                'video_id': 7,
                'category_id': 2,
                'segmentations': [rle, rle, None],
                'source': 'old',
                'frame_sources': ['old', 'human', None],
            }
        ],
    )


def test_frames_labelled_by_hand_are_never_overwritten():
    table = make_table(
        mask_score=[1, 1, 1], left=[0, 0, 0], frame_id=[0, 1, 2]
    )
    labels = make_label_file(table, human_file())
    by_hand, new = labels.annotations[7]
    assert by_hand['id'] == 4
    # the machine's part of the track is renewed, the human one stays
    assert [bool(one) for one in by_hand['segmentations']] == [False, True, 0]
    assert (new['id'], new['frame_sources']) == (5, ['test', None, None])
    assert table.reason.tolist() == ['', *['labelled by hand'] * 2]
    assert labels.labelled_frames(7) == [0, 1, 2]


def test_labels_by_hand_of_other_classes_or_frames_are_refused():
    table = make_table(mask_score=[1])
    human = human_file()
    human.categories[0]['name'] = 'cow'
    with pytest.raises(UserError, match='write the new labels to another'):
        make_label_file(table, human)
    human = human_file()
    human.videos[7]['file_names'] = ['x', 'y', 'z']
    with pytest.raises(UserError, match='other frames'):
        make_label_file(table, human)


def test_true_labels_are_not_replaced_and_pseudo_labels_are(tmp_path):
    path = tmp_path / 'l.json'
    assert read_replaced(path) is None
    make_label_file(filtered_table()).save(path)
    assert read_replaced(path) is None
    human_file().save(path)
    assert read_replaced(path).path == path
    content = json.loads(path.read_text())
    del content['annotations'][0]['source']
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match='is not overwritten'):
        read_replaced(path)
