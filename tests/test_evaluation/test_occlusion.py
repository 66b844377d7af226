"""Objects that are hidden for a time."""

import pytest
from vis_cases import HEIGHT, WIDTH, annotation, box, content, video

from mmselfshot.datasets import LabelFile
from mmselfshot.evaluation.occlusion import (
    find_hidden_frames,
    occluded_videos,
)

SIZE = HEIGHT, WIDTH
WHOLE = box(4, 4, 4, 4)  # 16 pixels
HALF = box(4, 4, 4, 2)
LESS = box(4, 4, 3, 2)
LESS_AT_BORDER = box(0, 4, 3, 2)


@pytest.mark.parametrize(
    ('masks', 'hidden'),
    [
        ([WHOLE, WHOLE, WHOLE], []),
        ([WHOLE, None, WHOLE], [1]),
        ([None, WHOLE, WHOLE, None], []),  # comes late, goes early
        ([WHOLE, LESS, WHOLE], [1]),
        ([WHOLE, HALF, WHOLE], []),  # half is not below half
        ([WHOLE, LESS_AT_BORDER, WHOLE], []),  # on its way out
        ([LESS, WHOLE, WHOLE], []),  # it grows into sight
        ([None, None], []),
        ([WHOLE], []),
    ],
)
def test_hidden_frames_by_hand(masks, hidden):
    assert find_hidden_frames(masks, SIZE) == hidden


def test_frames_that_are_not_labelled_say_nothing():
    masks = [WHOLE, None, WHOLE, None, WHOLE]
    assert find_hidden_frames(masks, SIZE, [0, 2, 3, 4]) == [3]


def test_videos_with_a_hidden_object():
    whole = content(
        [video(1, 3), video(2, 3), video(3, 3)],
        [
            annotation(1, [WHOLE] * 3),
            annotation(1, [WHOLE, LESS, WHOLE]),
            annotation(2, [WHOLE] * 3),
        ],
    )
    labels = LabelFile(
        whole['categories'], whole['videos'], whole['annotations']
    )
    assert occluded_videos(labels) == [1]
    assert occluded_videos(labels, drop=0.3) == []
