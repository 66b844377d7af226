"""The baseline without training: what moves beside the camera."""

import numpy as np
import pytest
import torch
from mmdet.structures import TrackDataSample
from moving_squares import HEIGHT, WIDTH, film

from mmselfshot.models.selfshot import MotionSegmenter
from mmselfshot.models.selfshot.motion_segmenter import join_motions
from mmselfshot.registry import MODELS
from mmselfshot.structures import decode_mask

MOVING, WITH_GROUND = (20, 12, 3, 1), (60, 30, 1, 0)


@pytest.fixture
def model():
    return MODELS.build(dict(type='MotionSegmenter'))


def iou(region, truth):
    found = np.zeros_like(truth)
    for frame, mask in region.masks.items():
        found[frame] = mask
    return (found & truth).sum() / (found | truth).sum()


def test_a_moving_square_is_found_over_a_panning_ground(model):
    """One that goes with the ground is still, and is not found."""
    frames, masks = film(6, (1, 0), (MOVING, WITH_GROUND))
    (region,) = model.segment(frames)
    assert iou(region, masks[0]) > 0.6
    assert iou(region, masks[1]) < 0.05
    assert 0.4 < region.score(6) < 1


def test_two_squares_are_two_tracks_best_first(model):
    frames, masks = film(6, (0, 0), ((10, 4, 4, 0), (60, 36, -2, 0)))
    first, second = model.segment(frames)
    assert iou(first, masks[0]) > 0.6 and iou(second, masks[1]) > 0.6
    assert first.score(6) > second.score(6)


@pytest.mark.parametrize('pan', [(0, 0), (2, 1)])
def test_nothing_is_found_where_only_the_camera_moves(model, pan):
    assert model.segment(film(5, pan, ())[0]) == []


def test_a_picture_and_a_tiny_film_have_no_motion(model):
    assert model.segment(film(1)[0]) == []
    assert model.segment(film(3)[0][:, :8]) == []


def test_predicted_tracks_have_the_form_of_the_network(model):
    """Repeated frames do not count; masks have the original size."""
    frames, masks = film(5, (1, 0), (MOVING,))
    clip = torch.from_numpy(frames).permute(0, 3, 1, 2)
    clip = torch.cat([clip, clip[-1:].expand(3, -1, -1, -1)])
    size = 2 * HEIGHT, 2 * WIDTH
    sample = TrackDataSample(
        metainfo=dict(video_id=1, ori_shape=size, num_frames=5, labels=[3])
    )
    data = model.data_preprocessor(
        {
            'inputs': {'query': [clip], 'supports': None},
            'data_samples': [sample],
        }
    )
    (found,) = model(**data, mode='predict')
    tracks = found.pred_tracks
    assert len(tracks) == 1 and tracks.labels.tolist() == [3]
    (segmentations,) = tracks.segmentations
    assert len(segmentations) == 5
    mask = decode_mask(segmentations[2], *size)[::2, ::2].astype(bool)
    shared = (mask & masks[0, 2]).sum() / (mask | masks[0, 2]).sum()
    assert shared > 0.6


def test_it_cannot_be_trained(model):
    assert isinstance(model, MotionSegmenter)
    assert not list(model.parameters())
    with pytest.raises(RuntimeError, match='it can only predict'):
        model({'query': torch.zeros(1, 2, 3, 32, 32)}, [], mode='loss')


def test_the_smaller_motion_of_both_directions_counts():
    ahead = [np.full((1, 1), one) for one in (1.0, 5.0)]
    back = [np.full((1, 1), one) for one in (3.0, 2.0)]
    joined = [float(one[0, 0]) for one in join_motions(ahead, back)]
    assert joined == [1.0, 3.0, 2.0]


@pytest.mark.parametrize(
    ('options', 'num'),
    [
        ({}, 2),
        (dict(max_tracks=1), 1),
        (dict(motion_thr=50.0), 0),
        (dict(min_area=0.9), 0),
    ],
    ids=str,
)
def test_options_count(options, num):
    frames, masks = film(6, (0, 0), ((10, 4, 4, 0), (60, 36, -2, 0)))
    found = MotionSegmenter(**options).segment(frames)
    assert len(found) == num
    if num == 1:
        assert iou(found[0], masks[0]) > 0.6  # the faster one stays
