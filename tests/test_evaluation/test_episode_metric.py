"""Scores of queries: only targets count, in the frames of the episode."""

import numpy as np
import pytest

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.evaluation import EpisodeMetric
from mmselfshot.structures import encode_mask
from mmselfshot.utils import UserError

SIZE = 4, 6


def box(left):
    mask = np.zeros(SIZE, bool)
    mask[:, left : left + 2] = True
    return encode_mask(mask)


def labels_of(annotations, num_frames):
    video = {
        'id': 1,
        'height': SIZE[0],
        'width': SIZE[1],
        'length': num_frames,
        'file_names': [f'a/{frame}.jpg' for frame in range(num_frames)],
    }
    return LabelFile(
        [{'id': 3, 'name': 'star'}, {'id': 5, 'name': 'disc'}],
        [
            {**video, 'category_ids': [3]},
            {**video, 'id': 2, 'category_ids': [5]},
        ],
        annotations,
    )


def annotation(number, video_id, category_id, left, num_frames):
    return {
        'id': number,
        'video_id': video_id,
        'category_id': category_id,
        'iscrowd': 0,
        'segmentations': [box(left)] * num_frames,
    }


@pytest.fixture
def metric(tmp_path):
    """The file has three frames and a non-target; the episode has two."""
    whole = labels_of(
        [annotation(1, 1, 3, 0, 3), annotation(2, 1, 5, 4, 3)], 3
    )
    whole.save(tmp_path / 'queries.json')
    metric = EpisodeMetric(str(tmp_path / 'queries.json'))
    truth = labels_of(
        [annotation(1, 1, 3, 0, 2), annotation(2, 2, 5, 0, 2)], 2
    )
    metric.dataset_meta = {
        'classes': ('star', 'disc'),
        'cat_ids': [3, 5],
        'truth': truth,
        'protocol': 'paper',
    }
    return metric


def tracks(left, score):
    return {
        'labels': np.array([0]),
        'scores': np.array([score]),
        'segmentations': [[box(left)] * 2],
    }


def test_targets_alone_are_true_and_classes_are_averaged(metric, capsys):
    """Query 1 is right; query 2 finds nothing of its one target."""
    metric.process(
        None,
        [
            {'video_id': 1, 'pred_tracks': tracks(0, 0.9)},
            {'video_id': 2, 'pred_tracks': tracks(4, 0.5)},
        ],
    )
    numbers = metric.evaluate(2)
    assert 'protocol paper: 2 queries, 4 frames' in capsys.readouterr().out
    # one of two targets is found, by the first prediction: 51 of 101 points
    assert numbers['vis/fgbg_AP50'] == pytest.approx(51 / 101)
    assert numbers['vis/class_mean_AP50'] == pytest.approx(0.5)
    assert numbers['vis/AP50'] == pytest.approx(0.5)


def test_numbers_by_class_are_left_out_where_a_query_asks_for_two(metric):
    """All tracks are of the first class, so that they would not be right."""
    truth = metric.dataset_meta['truth']
    truth.videos[1]['category_ids'] = [3, 5]
    metric.process(
        None,
        [
            {'video_id': number, 'pred_tracks': tracks(0, 0.9)}
            for number in (1, 2)
        ],
    )
    numbers = metric.evaluate(2)
    assert numbers['vis/fgbg_AP50'] == 1
    assert numbers['vis/class_mean_AP50'] == 1
    assert numbers['vis/pooled_AP50'] == 1
    assert not {'vis/AP', 'vis/AP50', 'vis/AR10', 'vis/APs'} & set(numbers)


def test_another_data_set_is_one_line(metric):
    with pytest.raises(UserError, match='without the truth of episodes; exp'):
        metric.dataset_meta = {'classes': ('star',), 'cat_ids': [3]}
    metric.dataset_meta = None
