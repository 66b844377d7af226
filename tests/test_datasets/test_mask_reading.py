"""Masks are read in every form, and broken ones are refused."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from tiny_videos import box_rle

from mmselfshot.datasets.mask_reading import (
    count_pixels,
    decode_mask,
    read_mask,
)
from mmselfshot.utils import UserError

MASK = np.zeros((4, 6), dtype=np.uint8)
MASK[1:3, 2:5] = 1


def compressed():
    rle = coco_mask.encode(np.asfortranarray(MASK))
    return {'size': [4, 6], 'counts': rle['counts'].decode()}


@pytest.mark.parametrize(
    'segmentation',
    [
        compressed(),
        box_rle((2, 1, 5, 3), 4, 6),
        [[2, 1, 5, 1, 5, 3, 2, 3]],
    ],
)
def test_forms_give_the_same_mask(segmentation):
    np.testing.assert_array_equal(decode_mask(segmentation, 4, 6), MASK)


def test_pixels_are_those_that_were_encoded():
    """Long runs, single pixels and many runs, against pycocotools."""
    generator = np.random.default_rng(0)
    for height, width, share in (
        (1, 1, 0.5),
        (7, 5, 0.5),
        (300, 400, 0.001),
        (300, 400, 0.5),
        (1000, 1000, 0.0),
        (40, 30, 1.0),
    ):
        mask = generator.random((height, width)) < share
        rle = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert count_pixels(rle['counts']) == height * width


@pytest.mark.parametrize('counts', [b'4h', b'4~2', b'4\xff', b'4!', b'4N'])
def test_strings_that_are_no_runs(counts):
    assert count_pixels(counts) is None


def test_null_is_an_empty_mask():
    assert read_mask(None, 4, 6) is None
    assert decode_mask(None, 4, 6).sum() == 0


def test_one_pixel():
    whole = {'size': [1, 1], 'counts': [0, 1]}
    np.testing.assert_array_equal(decode_mask(whole, 1, 1), [[1]])


@pytest.mark.parametrize(
    ('segmentation', 'found'),
    [
        (box_rle((2, 1, 5, 3), 6, 4), r'size \[6, 4\]'),
        ({'size': [4, 6], 'counts': compressed()['counts'][:-2]}, 'broken'),
        ({'size': [4, 6], 'counts': ''}, 'broken'),
        ({'size': [4, 6], 'counts': compressed()['counts'] + '9'}, 'broken'),
        ({'size': [4, 6], 'counts': [3, -1, 22]}, 'cannot be read'),
        ({'size': [4, 6], 'counts': [3, 4]}, '7 pixels'),
        ({'counts': [24]}, 'expected RLE'),
        ([['a']], 'cannot be read'),
        (7, 'int'),
    ],
)
def test_broken_mask_is_refused(segmentation, found):
    with pytest.raises(UserError, match=found):
        read_mask(segmentation, 4, 6)
