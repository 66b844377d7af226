"""Sizes, and masks that stay where their object is."""

import mmcv
import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks

from mmselfshot.datasets.transforms import ResizeClip
from mmselfshot.datasets.transforms.resize import fit_size


@pytest.mark.parametrize(
    ('size', 'short_edge', 'expected'),
    [
        ((720, 1280), 360, (360, 640)),
        ((1280, 720), 360, (640, 360)),
        ((480, 854), 360, (360, 641)),  # 640.5 is rounded up
        ((100, 1000), 360, (133, 1333)),  # 3600 would be too long: 133.3
        ((1, 1), 360, (360, 360)),
        ((1, 9000), 360, (1, 1333)),  # 0.15 would be no pixel
    ],
)
def test_sizes_by_hand(size, short_edge, expected):
    assert fit_size(*size, short_edge, 1333) == expected


def make_clip(masks, num_frames=1):
    """Frames that show their mask: 250 inside, 5 outside."""
    frames = [
        np.repeat(np.where(masks.any(0), 250, 5)[..., None], 3, 2).astype(
            np.uint8
        )
        for _ in range(num_frames)
    ]
    height, width = masks.shape[1:]
    boxes = np.array([[4, 0, 8, height]], dtype=np.float32)
    return {
        'img': frames,
        'img_shape': [(height, width)] * num_frames,
        'gt_masks': [
            BitmapMasks(masks.astype(np.uint8), height, width)
            for _ in range(num_frames)
        ],
        'gt_bboxes': [HorizontalBoxes(boxes) for _ in range(num_frames)],
    }


def test_frames_are_those_of_mmcv_with_pillow():
    generator = np.random.default_rng(0)
    frame = generator.integers(0, 256, (48, 85, 3), dtype=np.uint8)
    results = ResizeClip(36, 1333)({'img': [frame], 'img_shape': [(48, 85)]})
    expected = mmcv.imrescale(frame, (1333, 36), backend='pillow')
    np.testing.assert_array_equal(results['img'][0], expected)
    assert results['img_shape'] == [(36, 64)]
    assert results['scale_factor'] == [(64 / 85, 36 / 48)]


@pytest.mark.parametrize('short_edge', [5, 12, 16, 25, 48])
def test_masks_stay_aligned_with_the_frame(short_edge):
    """Where the resized frame is clearly object, so is the mask."""
    masks = np.zeros((1, 24, 40), dtype=bool)
    masks[0, 7:17, 11:30] = True
    results = ResizeClip(short_edge)(make_clip(masks))
    shown = results['img'][0][..., 0].astype(int)
    mask = results['gt_masks'][0].masks[0].astype(bool)
    assert mask.shape == shown.shape
    wrong = mask != (shown > 127)
    assert not (wrong & ((shown > 200) | (shown < 55))).any()
    # to within rounding, the centre does not move
    scale_h, scale_w = mask.shape[0] / 24, mask.shape[1] / 40
    rows, columns = np.nonzero(mask)
    assert rows.mean() + 0.5 == pytest.approx(12 * scale_h, abs=0.51)
    assert columns.mean() + 0.5 == pytest.approx(20.5 * scale_w, abs=0.51)


def test_stripes_show_the_half_pixel_that_opencv_would_shift():
    """Every second column, made half as wide: the sampled point matters."""
    masks = np.zeros((1, 9, 9), dtype=bool)
    masks[0, :, 1::3] = True  # the middle column of each three
    results = ResizeClip(3)(make_clip(masks))
    assert results['gt_masks'][0].masks.all()
    by_opencv = BitmapMasks(masks.astype(np.uint8), 9, 9).rescale((3, 3))
    assert not by_opencv.masks.any()


def test_boxes_grow_with_the_frame():
    masks = np.zeros((1, 10, 20), dtype=bool)
    masks[0, :, 4:8] = True
    results = ResizeClip(20)(make_clip(masks))
    np.testing.assert_array_equal(
        results['gt_bboxes'][0].tensor, [[8, 0, 16, 20]]
    )


def test_one_draw_for_the_clip_and_all_edges_are_drawn():
    masks = np.zeros((1, 10, 20), dtype=bool)
    seen = set()
    for _ in range(40):
        results = ResizeClip((8, 12))(make_clip(masks, num_frames=3))
        assert len(set(results['img_shape'])) == 1
        seen.add(results['img_shape'][0])
    assert seen == {(8, 16), (12, 24)}


def test_no_instances_and_no_annotations():
    empty = np.zeros((0, 10, 20), dtype=bool)
    results = make_clip(empty)
    results = ResizeClip(5)(results)
    assert results['gt_masks'][0].masks.shape == (0, 5, 10)
    bare = {'img': results['img'], 'img_shape': results['img_shape']}
    assert ResizeClip(10)(bare)['img'][0].shape == (10, 20, 3)
