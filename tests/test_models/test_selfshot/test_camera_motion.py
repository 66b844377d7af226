"""Flow, the camera's part of it, and masks that are carried along."""

import cv2
import numpy as np
import pytest
from moving_squares import HEIGHT, WIDTH, film

from mmselfshot.models.selfshot.camera_motion import (
    camera_flow,
    optical_flow,
    residual_motion,
    warp_mask,
)


def grey(frames):
    return [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]


def test_flow_of_a_panning_ground_is_the_pan():
    frames, _ = film(2, pan=(2, 1))
    flow = optical_flow(*grey(frames))
    inner = flow[8:-8, 8:-8]
    assert np.abs(inner - [2, 1]).mean() < 0.1


def test_zoom_and_turn_belong_to_the_camera_and_a_square_does_not():
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    flow = np.stack([0.02 * x - 0.01 * y + 1, 0.01 * x + 0.02 * y], -1)
    assert residual_motion(flow).max() < 1e-2
    flow[10:30, 20:40] += [0, 3]
    motion = residual_motion(flow)
    assert motion[10:30, 20:40] == pytest.approx(3, abs=0.02)
    motion[10:30, 20:40] = 0
    assert motion.max() < 0.02


def test_camera_of_a_tiny_flow_is_its_median():
    flow = np.zeros((3, 3, 2), np.float32) + [1, 2]
    assert camera_flow(flow) == pytest.approx(np.zeros((3, 3, 2)) + [1, 2])


def test_a_mask_is_carried_forwards_by_the_flow_back():
    mask = np.zeros((10, 12), bool)
    mask[2:5, 3:6] = True
    back = np.zeros((10, 12, 2), np.float32) + [-4, -1]  # it went (4, 1)
    wanted = np.zeros((10, 12), bool)
    wanted[3:6, 7:10] = True
    assert np.array_equal(warp_mask(mask, back), wanted)
    assert not warp_mask(mask, back + [-20, 0]).any()
