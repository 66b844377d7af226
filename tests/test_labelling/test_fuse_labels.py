"""Fusing the labels of two rounds."""

import json

import numpy as np
import pytest

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.fuse_labels import fuse_files, fuse_labels
from mmselfshot.structures import encode_mask
from mmselfshot.utils import UserError


def mask(left, right):
    """An 8 x 20 picture, 4 rows high."""
    picture = np.zeros((8, 20), dtype=bool)
    picture[:4, left:right] = True
    return encode_mask(picture)


def labels(*annotations, labelled=(0,), name='object'):
    video = dict(
        id=3,
        width=20,
        height=8,
        length=2,
        file_names=['a.jpg', 'b.jpg'],
        labelled_frames=list(labelled),
    )
    return LabelFile(
        [dict(id=1, name=name)],
        [video],
        [
            dict(id=i, video_id=3, category_id=1, iscrowd=0, **one)
            for i, one in enumerate(annotations, 1)
        ],
    )


def one(left, right, frame=0, score=0.9, source='maskcut'):
    segmentations = [None, None]
    segmentations[frame] = mask(left, right)
    return dict(segmentations=segmentations, score=score, source=source)


def masks_of(fused):
    return [
        (annotation['id'], annotation['segmentations'])
        for annotation in fused.annotations[3]
    ]


def test_old_mask_at_half_overlap_is_replaced():
    """Columns 0-8 and 2-8: IoU 6/8; 0-8 and 4-12: IoU 4/12."""
    old = labels(one(0, 8), one(12, 20))
    assert masks_of(fuse_labels(old, labels(one(2, 8)))) == [
        (2, [mask(12, 20), None]),
        (3, [mask(2, 8), None]),
    ]
    kept = masks_of(fuse_labels(old, labels(one(4, 12))))
    assert [number for number, _ in kept] == [1, 2, 3]
    # exactly .5: 0-4 in 0-8 is no longer below the threshold
    gone = masks_of(fuse_labels(labels(one(0, 8)), labels(one(0, 4))))
    assert gone == [(2, [mask(0, 4), None])]


def test_weak_new_masks_are_left_out():
    old = labels(one(0, 8))
    new = labels(one(0, 8, score=0.6), one(10, 14, score=0.7))
    assert masks_of(fuse_labels(old, new, score_thr=0.7)) == [
        (1, [mask(0, 8), None]),
        (2, [mask(10, 14), None]),
    ]


def test_only_the_frame_with_the_match_is_replaced():
    both = dict(one(0, 8), segmentations=[mask(0, 8), mask(0, 8)])
    fused = fuse_labels(
        labels(both, labelled=(0, 1)), labels(one(0, 8, frame=1))
    )
    assert masks_of(fused) == [
        (1, [mask(0, 8), None]),
        (2, [None, mask(0, 8)]),
    ]


def test_frames_with_new_masks_become_labelled():
    fused = fuse_labels(labels(one(0, 8)), labels(one(0, 8, frame=1)))
    assert fused.labelled_frames(3) == [0, 1]
    weak = labels(one(0, 8, frame=1, score=0.1), labelled=(1,))
    fused = fuse_labels(labels(one(0, 8)), weak, score_thr=0.5)
    assert fused.labelled_frames(3) == [0]


def test_what_people_labelled_stays():
    old = labels(one(0, 8, source='human'))
    fused = fuse_labels(old, labels(one(0, 8), one(10, 20)))
    assert masks_of(fused) == [(1, [mask(0, 8), None])]


def test_nothing_new_and_nothing_old():
    assert masks_of(fuse_labels(labels(), labels(one(0, 4)))) == [
        (1, [mask(0, 4), None])
    ]
    assert masks_of(fuse_labels(labels(one(0, 4)), labels())) == [
        (1, [mask(0, 4), None])
    ]


def test_other_files_are_refused():
    with pytest.raises(UserError, match='categories'):
        fuse_labels(labels(), labels(name='dog'))
    other = labels()
    other.videos[3]['file_names'] = ['c.jpg', 'd.jpg']
    with pytest.raises(UserError, match='other frames'):
        fuse_labels(labels(), other)
    unscored = labels(one(0, 8))
    del unscored.annotations[3][0]['score']
    with pytest.raises(UserError, match='no score'):
        fuse_labels(labels(), unscored, score_thr=0.5)


def test_files_are_fused(tmp_path):
    labels(one(0, 8)).save(tmp_path / 'old.json')
    labels(one(10, 20), one(0, 8, score=0.1)).save(tmp_path / 'new.json')
    paths = [tmp_path / f'{name}.json' for name in ('old', 'new', 'out')]
    assert fuse_files(*paths, score_thr=0.5) == (1, 2, 2)
    written = json.loads(paths[2].read_text())
    assert [found['id'] for found in written['annotations']] == [1, 2]
    LabelFile.load(paths[2])
