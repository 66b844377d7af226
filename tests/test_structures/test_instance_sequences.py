"""Masks, boxes and validity of true instances."""

import pytest
import torch

from mmselfshot.structures.instance_sequences import (
    InstanceSequences,
    tight_boxes,
)


def masks_of(*filled, size=(4, 8)):
    """(1, T, 4, 8) bool; each frame a list of (row, column)."""
    masks = torch.zeros(1, len(filled), *size, dtype=torch.bool)
    for t, pixels in enumerate(filled):
        for row, column in pixels:
            masks[0, t, row, column] = True
    return masks


def test_boxes_by_hand():
    """Rows 1-2 of 4, columns 2-5 of 8; then the last pixel; then all."""
    every = [(row, column) for row in range(4) for column in range(8)]
    masks = masks_of([(1, 2), (2, 5)], [(3, 7)], every)
    found = InstanceSequences.from_masks(masks)
    assert found.boxes[0].tolist() == [
        [0.5, 0.5, 0.5, 0.5],
        [0.9375, 0.875, 0.125, 0.25],
        [0.5, 0.5, 1.0, 1.0],
    ]
    assert found.valid.all()
    assert len(found) == 1


@pytest.mark.parametrize('size', [(5, 7), (1, 3), (6, 1)])
def test_boxes_are_those_of_a_slow_loop(size):
    masks = torch.rand(2, 3, *size) > 0.6
    masks[..., 0, 0] |= ~masks.flatten(2).any(2)
    boxes = tight_boxes(masks)
    for g in range(2):
        for t in range(3):
            rows, columns = masks[g, t].nonzero().T
            low = torch.stack([columns.min() / size[1], rows.min() / size[0]])
            high = torch.stack(
                [(columns.max() + 1) / size[1], (rows.max() + 1) / size[0]]
            )
            hand = torch.cat([(low + high) / 2, high - low])
            assert boxes[g, t].tolist() == pytest.approx(
                hand.tolist(), abs=1e-6
            )


def test_empty_and_unwanted_frames_are_not_valid():
    masks = masks_of([(0, 0)], [], [(0, 0)])
    assert InstanceSequences.from_masks(masks).valid.tolist() == [
        [True, False, True]
    ]
    asked = torch.tensor([[True, True, False]])
    found = InstanceSequences.from_masks(masks, asked)
    assert found.valid.tolist() == [[True, False, False]]
    assert found.boxes[0, 1:].eq(0).all()
    assert found.boxes[0, 0].ne(0).all()


def test_no_instance_and_moving():
    none = InstanceSequences.from_masks(
        torch.zeros(0, 3, 4, 8, dtype=torch.bool)
    )
    assert len(none) == 0
    assert none.boxes.shape == (0, 3, 4)
    moved = none.to('meta', non_blocking=True)
    assert {moved.masks.device.type, moved.valid.device.type} == {'meta'}


def test_a_data_sample_moves_it():
    from mmengine.structures import BaseDataElement

    sample = BaseDataElement(
        gt_sequences=InstanceSequences.from_masks(masks_of([(0, 0)]))
    )
    assert sample.to('meta').gt_sequences.boxes.device.type == 'meta'


def test_wrong_shapes_are_refused():
    masks = masks_of([(0, 0)])
    with pytest.raises(AssertionError):
        InstanceSequences(masks, torch.zeros(1, 2, 4), masks.any(-1).any(-1))
