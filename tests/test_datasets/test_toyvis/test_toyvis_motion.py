"""Paths of the objects and of the camera."""

import numpy as np
import pytest

from mmselfshot.datasets.toyvis import make_options
from mmselfshot.datasets.toyvis.motion import (
    draw_camera,
    draw_path,
    smooth_path,
)

RING_OUT = {'leave_prob': 1.0, 'late_prob': 0.0, 'early_prob': 0.0}


def test_curve_goes_through_its_points():
    points = np.array([[0.0, 5.0], [9.0, 1.0], [4.0, 4.0]])
    curve = smooth_path(points, 9)
    np.testing.assert_allclose(curve[[0, 4, 8]], points)


def test_curve_through_points_of_a_line_by_hand():
    """Catmull-Rom halfway between inner points is their mean."""
    curve = smooth_path(np.array([[0.0], [1.0], [2.0], [3.0]]), 7)
    assert curve[3, 0] == pytest.approx(1.5)


@pytest.mark.parametrize('num_frames', [1, 2])
def test_very_short_videos_have_a_path(num_frames):
    options = make_options(num_frames=num_frames)
    rng = np.random.default_rng(0)
    assert draw_path(options, rng, 30, []).shape == (num_frames, 2)
    assert draw_camera(options, rng).shape == (num_frames, 3)


def test_who_leaves_is_clear_of_the_picture_and_comes_back():
    options = make_options(**RING_OUT)
    for seed in range(10):
        path = draw_path(options, np.random.default_rng(seed), 30, [])
        sides = [options.width, options.height]
        inside = ((path > 0) & (path < sides)).all(1)
        outside = ((path < -15) | (path > np.add(sides, 15))).any(1)
        assert inside[0] and inside[-1] and outside.any()


def test_without_leaving_way_points_keep_within_speed():
    options = make_options(leave_prob=0, late_prob=0, early_prob=0, speed=2)
    path = draw_path(options, np.random.default_rng(1), 30, [])
    # way points every 5 frames, at most 2 pixels per frame apart on average
    ends = path[[0, 5, 10, 15]]
    assert np.hypot(*np.diff(ends, axis=0).T).max() <= 2 * 16 / 3 + 1e-9


def test_meeting_brings_an_object_to_another_one():
    options = make_options(
        meet_prob=1, speed=100, **dict.fromkeys(RING_OUT, 0)
    )
    rng = np.random.default_rng(2)
    one = draw_path(options, rng, 30, [])
    two = draw_path(options, rng, 30, [one])
    gaps = np.hypot(*(one - two)[[5, 10]].T)
    assert gaps.max() < 4 * 0.25 * 30  # four standard deviations


def test_camera_stands_still_without_panning():
    camera = draw_camera(make_options(panning=0), np.random.default_rng(0))
    np.testing.assert_allclose(camera, [[0, 0, 1]] * 16)
