"""What a model gets."""

import numpy as np
import torch
from mmdet.structures.mask import BitmapMasks

from mmselfshot.datasets.transforms import PackClipInputs


def make_results(num_frames=2, height=4, width=6):
    masks = np.zeros((3, height, width), dtype=np.uint8)
    masks[0, 1:3, 2:5] = 1
    masks[2, 0, 0] = 1  # the second is empty
    size = (height, width)
    per_frame = {
        'img': np.arange(height * width * 3, dtype=np.uint8).reshape(
            height, width, 3
        ),
        'img_path': 'a.jpg',
        'video_id': 8,
        'video_length': 5,
        'ori_shape': (8, 12),
        'img_shape': size,
        'is_labelled': True,
        'gt_masks': BitmapMasks(masks, height, width),
        'gt_bboxes_labels': np.array([4, 5, 6]),
        'gt_instances_ids': np.array([70, 80, 90]),
    }
    results = {key: [one] * num_frames for key, one in per_frame.items()}
    results['frame_id'] = list(range(2, 2 + num_frames))
    return results


def test_inputs_are_channels_first():
    results = make_results()
    inputs = PackClipInputs()(results)['inputs']
    assert inputs.shape == (2, 3, 4, 6)
    assert inputs.dtype == torch.uint8
    assert inputs[1, 2, 3, 5] == results['img'][1][3, 5, 2]


def test_clip_and_frames_carry_their_metainfo():
    clip = PackClipInputs()(make_results())['data_samples']
    assert clip.metainfo == {'video_id': 8, 'video_length': 5}
    assert [frame.frame_id for frame in clip.video_data_samples] == [2, 3]
    frame = clip[0]
    assert frame.ori_shape == (8, 12)
    assert frame.img_shape == (4, 6)
    assert frame.scale_factor == (1.0, 1.0)
    assert frame.flip is False
    assert frame.is_labelled is True
    assert (frame.video_id, frame.video_length) == (8, 5)


def test_instances_with_an_empty_mask_are_dropped():
    frame = PackClipInputs()(make_results())['data_samples'][0]
    instances = frame.gt_instances
    assert instances.labels.tolist() == [4, 6]
    assert instances.instances_ids.tolist() == [70, 90]
    assert instances.bboxes.tolist() == [[2, 1, 5, 3], [0, 0, 1, 1]]
    assert instances.masks.masks.shape == (2, 4, 6)
    assert instances.labels.dtype == torch.int64


def test_without_masks_there_are_no_instances():
    results = make_results()
    del results['gt_masks']
    frame = PackClipInputs()(results)['data_samples'][0]
    assert 'gt_instances' not in frame


def test_further_keys_are_packed():
    results = make_results()
    results['hour'] = [7, 8]
    clip = PackClipInputs(meta_keys=['hour'])(results)['data_samples']
    assert [frame.hour for frame in clip.video_data_samples] == [7, 8]
