"""Pasting objects between the frames of a batch."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmselfshot.models.data_preprocessors import CopyPaste

SIZE = 32


def make_sample(boxes, first_id=1):
    masks = np.zeros((len(boxes), SIZE, SIZE), dtype=np.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes):
        mask[y1:y2, x1:x2] = 1
    sample = DetDataSample(metainfo=dict(img_shape=(SIZE, 24)))
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        labels=torch.arange(len(boxes)) + 10 * first_id,
        masks=BitmapMasks(masks, SIZE, SIZE),
        instances_ids=torch.arange(len(boxes)) + first_id,
    )
    return sample


def make_batch():
    """Frame 0 is all zeros with one object, frame 1 all ones with two."""
    inputs = torch.stack(
        [torch.zeros(3, SIZE, SIZE), torch.ones(3, SIZE, SIZE)]
    )
    samples = [
        make_sample([(0, 0, 4, 4)]),
        make_sample([(2, 2, 8, 10), (12, 20, 20, 30)], first_id=2),
    ]
    return inputs, samples


@pytest.mark.parametrize('seed', range(8))
def test_pasted_pixels_are_those_of_the_mask(seed):
    """Ones in the zero frame are where the pasted masks are, nowhere else."""
    torch.manual_seed(seed)
    inputs, samples = make_batch()
    images, found = CopyPaste(scales=(0.5, 1.0), flip_prob=0.5)(
        inputs, samples
    )
    objects = found[0].gt_instances
    masks = torch.from_numpy(objects.masks.masks).bool()
    pasted = masks[1:].any(0)
    assert torch.equal(images[0, 0] > 0.5, pasted)
    assert not (masks[0] & pasted).any()
    assert not pasted[:, 24:].any()  # not into the padding
    assert objects.labels[1:].tolist() == [
        10 * 2 + k - 2 for k in (-objects.instances_ids[1:]).tolist()
    ]
    for mask, box in zip(masks, objects.bboxes.tolist()):
        rows, columns = np.nonzero(mask.numpy())
        assert box == [
            columns.min(),
            rows.min(),
            columns.max() + 1,
            rows.max() + 1,
        ]
    # the arguments stay as they were
    assert inputs[0].sum() == 0
    assert len(samples[0].gt_instances) == 1


def test_one_less_than_the_donors_are_pasted_at_most():
    for seed in range(10):
        torch.manual_seed(seed)
        _, found = CopyPaste()(*make_batch())
        assert len(found[0].gt_instances) <= 2  # one of two
        assert len(found[1].gt_instances) <= 3  # the only one


def test_an_object_that_hides_another_is_not_pasted():
    """An object as large as the frame would cover the other one whole."""
    inputs = torch.zeros(2, 3, SIZE, SIZE)
    samples = [
        make_sample([(3, 3, 9, 9)]),
        make_sample([(0, 0, 24, SIZE)], first_id=5),
    ]
    _, found = CopyPaste(scales=(1.0, 1.0))(inputs, samples)
    assert found[0].gt_instances.labels.tolist() == [10]
    assert found[1].gt_instances.labels.tolist() == [50, 10]


def test_frames_without_objects_and_probability_0_change_nothing():
    inputs, samples = make_batch()
    empty = [make_sample([]), make_sample([])]
    images, found = CopyPaste(donors='all')(inputs, empty)
    assert torch.equal(images, inputs)
    assert [len(one.gt_instances) for one in found] == [0, 0]
    images, found = CopyPaste(prob=0.0)(inputs, samples)
    assert torch.equal(images, inputs)


def test_an_empty_frame_gets_objects_of_all_frames():
    inputs = torch.zeros(3, 3, SIZE, SIZE)
    samples = [
        make_sample([]),
        make_sample([]),
        make_sample([(0, 0, 4, 4)], first_id=7),
    ]
    _, found = CopyPaste(donors='all', max_objects=3)(inputs, samples)
    assert found[0].gt_instances.labels.tolist() == [70]
    assert found[0].gt_instances.instances_ids.tolist() == [-7]


def test_unknown_donors_are_refused():
    with pytest.raises(ValueError, match='reversed'):
        CopyPaste(donors='none')
