"""Frames and masks as they come from disk."""

import numpy as np
import pytest
from PIL import Image
from tiny_videos import box_rle

from mmselfshot.datasets.transforms import (
    LoadFrameAnnotations,
    LoadFrames,
    read_frame,
)
from mmselfshot.datasets.transforms.loading import boxes_of
from mmselfshot.utils import UserError


def noise(height, width):
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_frames_are_rgb(tmp_path):
    frame = noise(5, 7)
    Image.fromarray(frame).save(tmp_path / 'a.png')
    results = LoadFrames()({'img_path': [tmp_path / 'a.png']})
    np.testing.assert_array_equal(results['img'][0], frame)
    assert results['ori_shape'] == results['img_shape'] == [(5, 7)]


def test_grey_and_palette_frames_become_rgb(tmp_path):
    grey = Image.fromarray(noise(4, 4)[..., 0])
    grey.save(tmp_path / 'grey.png')
    grey.convert('P').save(tmp_path / 'palette.png')
    for name in ('grey.png', 'palette.png'):
        frame = read_frame(tmp_path / name)
        assert frame.shape == (4, 4, 3)
        np.testing.assert_array_equal(frame[..., 0], frame[..., 2])


def test_rotation_of_the_camera_is_applied(tmp_path):
    image = Image.fromarray(noise(4, 8))
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90 degrees
    image.save(tmp_path / 'a.png', exif=exif)
    assert read_frame(tmp_path / 'a.png').shape == (8, 4, 3)


def test_missing_frame_is_named(tmp_path):
    with pytest.raises(UserError, match=r'no frame .*a\.jpg'):
        read_frame(tmp_path / 'a.jpg')


@pytest.mark.parametrize('share', [0.0, 0.1, 0.6])
@pytest.mark.parametrize('suffix', ['jpg', 'png'])
def test_cut_frame_is_named(tmp_path, share, suffix):
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(noise(64, 64)).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UserError, match=rf'cannot read frame .*a\.{suffix}'):
        read_frame(path)


def test_frame_of_another_size_is_named(tmp_path):
    Image.fromarray(noise(5, 7)).save(tmp_path / 'a.png')
    results = {'img_path': [tmp_path / 'a.png'], 'height': [7], 'width': [5]}
    with pytest.raises(UserError, match=r'a\.png is 7x5, its video 5x7'):
        LoadFrames()(results)


def make_results(*segmentations):
    return {
        'img_shape': [(6, 8)],
        'video_id': [3],
        'frame_id': [12],
        'instances': [
            [
                {'annotation_id': 70 + i, 'label': i, 'segmentation': one}
                for i, one in enumerate(segmentations)
            ]
        ],
    }


def test_masks_boxes_labels_and_ids():
    results = LoadFrameAnnotations()(
        make_results(box_rle((1, 2, 4, 6), 6, 8), [[0, 0, 8, 0, 8, 1, 0, 1]])
    )
    masks = results['gt_masks'][0].masks
    assert masks.shape == (2, 6, 8)
    assert masks[0].sum() == 3 * 4
    assert masks[0, 2:6, 1:4].all()
    np.testing.assert_array_equal(
        results['gt_bboxes'][0].tensor, [[1, 2, 4, 6], [0, 0, 8, 1]]
    )
    assert results['gt_bboxes_labels'][0].tolist() == [0, 1]
    assert results['gt_instances_ids'][0].tolist() == [70, 71]


def test_frame_without_instances():
    results = LoadFrameAnnotations()(make_results())
    assert results['gt_masks'][0].masks.shape == (0, 6, 8)
    assert results['gt_bboxes'][0].tensor.shape == (0, 4)
    assert results['gt_bboxes_labels'][0].dtype == np.int64


@pytest.mark.parametrize(
    'segmentation',
    [box_rle((1, 2, 4, 6), 8, 6), {'size': [6, 8], 'counts': '12'}],
)
def test_broken_mask_is_named_with_video_and_annotation(segmentation):
    with pytest.raises(
        UserError, match='video 3, annotation 70, frame 12: a mask has'
    ):
        LoadFrameAnnotations()(make_results(segmentation))


def test_box_of_an_empty_mask_is_zero():
    masks = np.zeros((2, 3, 4), dtype=bool)
    masks[1, 2, 3] = True
    np.testing.assert_array_equal(boxes_of(masks), [[0] * 4, [3, 2, 4, 3]])
