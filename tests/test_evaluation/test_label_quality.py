"""Precision and recall of pseudo labels."""

import pytest
from vis_cases import annotation, box, content, video

from mmselfshot.datasets import LabelFile
from mmselfshot.evaluation.label_quality import (
    label_quality,
    summarize_quality,
)
from mmselfshot.utils import UserError

LEFT, RIGHT = box(0, 0, 5, 5), box(12, 0, 5, 5)
NEAR_LEFT = box(0, 0, 5, 4)  # .8 of LEFT
FAR = box(0, 6, 5, 5)


def read(videos, annotations, **kwargs) -> LabelFile:
    whole = content(videos, annotations, **kwargs)
    return LabelFile(
        whole['categories'], whole['videos'], whole['annotations']
    )


def at(frame, mask, category=1, length=2):
    """A label without a track."""
    masks = [None] * length
    masks[frame] = mask
    return annotation(1, masks, category)


TRUTH = read(
    [video(1, 2)],
    [annotation(1, [LEFT, LEFT], 1), annotation(1, [RIGHT, None], 2)],
)


def test_right_wrong_class_and_wrong_place_by_hand():
    """4 labels, 3 objects: 1 right, 1 of another class, 2 nowhere."""
    labels = read(
        [video(1, 2)],
        [at(0, NEAR_LEFT), at(0, RIGHT, 1), at(0, FAR), at(1, FAR, 2)],
    )
    quality = label_quality(labels, TRUTH)
    assert quality['precision'] == 1 / 4
    assert quality['recall'] == 1 / 3
    assert quality['agnostic_precision'] == 2 / 4
    assert quality['agnostic_recall'] == 2 / 3
    assert quality['classes']['kind 1'] == {
        'precision': 1 / 3,
        'recall': 1 / 2,
        'num_labels': 3,
        'num_objects': 2,
        'num_matched': 1,
    }
    assert quality['videos'][1]['num_frames'] == 2
    assert summarize_quality(quality['videos']).items() <= quality.items()


def test_an_object_is_found_once():
    """Two labels on one object: one of them is wrong."""
    labels = read([video(1, 2)], [at(0, LEFT), at(0, NEAR_LEFT)])
    quality = label_quality(labels, TRUTH)
    assert quality['precision'] == quality['agnostic_precision'] == 1 / 2


def test_as_many_pairs_as_possible():
    """The best pair alone, .9, would leave the other label without one.

    Labels 0-8 and 4-9 against objects 0-9 and 0-4: .9 and .56, .6 and .1.
    """
    truth = read(
        [video(1, 1)],
        [annotation(1, [box(0, 0, n, 5)]) for n in (10, 5)],
    )
    labels = read(
        [video(1, 1)],
        [at(0, box(0, 0, 9, 5), length=1), at(0, box(4, 0, 6, 5), length=1)],
    )
    assert label_quality(labels, truth)['num_matched'] == 2


def test_frames_that_nobody_looked_at_are_not_missed():
    labels = read([video(1, 2)], [at(0, LEFT), at(1, FAR)])
    quality = label_quality(labels, TRUTH, frames={1: [0]})
    assert (quality['precision'], quality['recall']) == (1, 1 / 2)


def test_frames_without_true_labels_take_no_part():
    truth = read(
        [video(1, 2, labelled_frames=[1])], [annotation(1, [None, LEFT])]
    )
    labels = read([video(1, 2)], [at(0, FAR), at(1, LEFT)])
    quality = label_quality(labels, truth)
    assert (quality['precision'], quality['recall']) == (1, 1)


def test_videos_are_paired_by_their_frames_and_classes_by_name():
    labels = read(
        [{**video(7, 2), 'file_names': ['v1/00000.jpg', 'v1/00001.jpg']}],
        [annotation(7, [None, LEFT], 2)],
        category_ids=(2, 1),
    )
    labels.categories[0]['name'] = 'kind 1'
    labels.categories[1]['name'] = 'kind 2'
    assert label_quality(labels, TRUTH)['precision'] == 1


def test_no_labels_and_no_objects_count_as_nothing():
    empty = read([video(1, 2)], [])
    assert label_quality(empty, TRUTH)['precision'] == -1
    assert label_quality(empty, TRUTH)['recall'] == 0
    assert label_quality(TRUTH, empty)['recall'] == -1
    assert label_quality(TRUTH, empty)['precision'] == 0


def test_crowds_are_not_missed():
    truth = read([video(1, 1)], [annotation(1, [LEFT], iscrowd=1)])
    assert label_quality(read([video(1, 1)], []), truth)['recall'] == -1


def test_another_video_is_named():
    with pytest.raises(UserError, match='no video that begins with v2/00000'):
        label_quality(read([video(2, 1)], []), TRUTH)
