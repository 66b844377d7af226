"""Blurring what nobody labelled."""

import numpy as np
import pytest
from mmdet.structures.mask import BitmapMasks

from mmselfshot.datasets import BlurUnlabelled
from mmselfshot.datasets.transforms.blur_unlabelled import nearness


def test_nearness_falls_from_1_to_0_by_hand():
    """Area 4, margin 2: 1 up to a distance of 2 pixels, 0 from 4 on."""
    mask = np.zeros((1, 3, 20), dtype=np.uint8)
    mask[0, 1, 0:4] = 1
    row = nearness(mask, margin=2.0)[1]
    assert row[:6].tolist() == [1.0] * 6
    assert row[6] == pytest.approx(0.5, abs=0.01)
    assert row[7:].max() == 0


def test_an_empty_mask_is_near_nothing():
    assert nearness(np.zeros((1, 4, 4), np.uint8), 1.0).max() == 0
    assert nearness(np.zeros((0, 4, 4), np.uint8), 1.0).shape == (4, 4)


def test_only_far_pixels_change():
    """A checkerboard stays at the object and is grey far from it."""
    rows, columns = np.mgrid[:64, :96]
    frame = np.uint8(255 * ((rows + columns) % 2))[..., None].repeat(3, 2)
    masks = np.zeros((1, 64, 96), dtype=np.uint8)
    masks[0, 20:40, 10:30] = 1
    results = dict(img=[frame.copy()], gt_masks=[BitmapMasks(masks, 64, 96)])
    found = BlurUnlabelled(margin=0.4)(results)['img'][0]
    assert (found[20:40, 10:30] == frame[20:40, 10:30]).all()
    assert found[:, 50:].std() < 8
    assert abs(found[:, 50:].mean() - 127.5) < 4
    assert (results['gt_masks'][0].masks == masks).all()


def test_a_frame_without_objects_is_blurred_whole():
    frame = np.zeros((16, 24, 3), np.uint8)
    frame[::2] = 255
    results = dict(
        img=[frame], gt_masks=[BitmapMasks(np.zeros((0, 16, 24)), 16, 24)]
    )
    found = BlurUnlabelled(num_cells=2)(results)['img'][0]
    assert found.shape == frame.shape
    assert found.std() < 30
