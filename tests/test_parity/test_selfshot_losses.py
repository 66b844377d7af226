"""Matching and losses of Self-Shot VIS against recorded values."""

import json

import numpy as np
import pytest
import torch

from mmselfshot.models.selfshot import (
    InstanceSequenceAssigner,
    SequenceSetLoss,
    SlotOutputs,
    box_sequence_terms,
    generalized_iou,
    mask_sequence_terms,
)
from mmselfshot.structures.instance_sequences import InstanceSequences

DTYPES = [torch.float64, torch.float32]
# of the folder's README: losses, gradients relative to the largest entry
LOSS_OFF = {torch.float64: 1e-9, torch.float32: 2e-5}
GRAD_OFF = {torch.float64: 1e-7, torch.float32: 1e-4}
SLOTS = 10


def recorded(parity_dir, name):
    """Arrays of a file by case; the manifest says what must be there."""
    folder = parity_dir / 'selfshot'
    with np.load(folder / name, allow_pickle=False) as file:
        arrays = dict(file)
    manifest = json.loads((folder / 'manifest.json').read_text())
    wanted = manifest['files'][name]['arrays']
    assert {k: list(v.shape) for k, v in arrays.items()} == {
        key: shape for key, (_, shape) in wanted.items()
    }
    cases = {}
    for key, value in arrays.items():
        case, _, field = key.rpartition('__')
        cases.setdefault(case, {})[field] = value
    return cases


def tensor(array, dtype=None):
    return torch.from_numpy(np.asarray(array)).to(dtype)


def frame_major(array, dtype):
    """(T * slots, ...) to (T, slots, ...)."""
    found = tensor(array, dtype)
    return found.reshape(-1, SLOTS, *found.shape[1:])


def without_masks(boxes, valid):
    """Instances of which only boxes are recorded."""
    return InstanceSequences(
        torch.zeros(*valid.shape, 1, 1, dtype=torch.bool), boxes, valid
    )


@pytest.mark.parametrize('style', ['paper', 'vistr'])
@pytest.mark.parametrize('dtype', DTYPES)
def test_costs_and_slots_are_the_recorded_ones(parity_dir, dtype, style):
    cases = recorded(parity_dir, 'matching.npz')
    sizes = {case['gt_valid'].shape[0] for case in cases.values()}
    assert {0, SLOTS} < sizes
    assigner = InstanceSequenceAssigner(style=style)
    for name, case in cases.items():
        target = without_masks(
            tensor(case['gt_boxes'], dtype),
            tensor(case['gt_valid'], torch.bool),
        )
        parts = [frame_major(case[k], dtype) for k in ('logits', 'boxes')]
        wanted = case[f'cost_{style}']
        cost = assigner.costs(*parts, target).double().numpy()
        assert cost.shape == wanted.shape, name
        assert np.abs(cost - wanted).max(initial=0) <= LOSS_OFF[dtype], name
        slots = assigner(*parts, target).tolist()
        assert slots == case[f'slot_of_gt_{style}'].tolist(), name


@pytest.mark.parametrize('dtype', DTYPES)
def test_box_losses_are_the_recorded_ones(parity_dir, dtype):
    cases = recorded(parity_dir, 'box_sequence.npz')
    assert cases
    for name, case in cases.items():
        pred = tensor(case['pred'], dtype).requires_grad_()
        truth = tensor(case['gt'], dtype)
        valid = tensor(case['valid'], torch.bool)
        every = generalized_iou(pred, truth).detach().double().numpy()
        off = np.abs(every - case['giou_per_frame'])[case['valid'] > 0]
        assert off.max() <= LOSS_OFF[dtype], name
        giou, l1 = box_sequence_terms(pred[None], truth[None], valid[None])
        loss = (2 * giou + 5 * l1).sum()
        for found, key in (
            *((giou, 'giou_term'), (l1, 'l1_term')),
            (loss, 'loss'),
        ):
            assert abs(found.item() - case[key]) <= LOSS_OFF[dtype], name
        loss.backward()
        assert_gradient(pred.grad, case['grad_pred'], dtype, name)


@pytest.mark.parametrize('dtype', DTYPES)
def test_mask_losses_are_the_recorded_ones(parity_dir, dtype):
    cases = recorded(parity_dir, 'mask_sequence.npz')
    assert any('grad' in case for case in cases.values())
    for name, case in cases.items():
        logits = tensor(case['logits'], dtype).requires_grad_()
        truth = tensor(case['gt'], torch.bool)
        valid = tensor(case['valid'], torch.bool)
        terms = mask_sequence_terms(logits[None], truth[None], valid[None])
        loss = sum(terms).sum()
        for found, key in zip((*terms, loss), ('dice', 'focal', 'loss')):
            assert abs(found.item() - case[key]) <= LOSS_OFF[dtype], name
        loss.backward()
        if 'grad' in case:
            assert_gradient(logits.grad, case['grad'], dtype, name)


def assert_gradient(found, wanted, dtype, name):
    off = np.abs(found.double().numpy() - wanted).max()
    assert off <= GRAD_OFF[dtype] * np.abs(wanted).max(), name


def training_case(parity_dir, dtype):
    """The recorded arrays, and the outputs and target made of them."""
    cases = recorded(parity_dir, 'train_loss.npz')
    assert list(cases) == ['']
    case = cases['']
    target = InstanceSequences(
        tensor(case['gt_masks'], torch.bool),
        tensor(case['gt_boxes'], dtype),
        tensor(case['gt_valid'], torch.bool),
    )
    outputs = SlotOutputs(
        frame_major(case['logits'], dtype)[None, None],
        frame_major(case['boxes'], dtype)[None, None],
        frame_major(case['mask_logits'], dtype).transpose(0, 1)[None],
    )
    return case, outputs, target


@pytest.mark.parametrize('dtype', DTYPES)
def test_training_loss_is_the_recorded_one(parity_dir, dtype):
    case, outputs, target = training_case(parity_dir, dtype)
    criterion = SequenceSetLoss()
    slots = criterion.match(outputs.logits[0], outputs.boxes[0], [target])
    assert slots[0].tolist() == case['slot_of_gt'].tolist()
    losses = criterion(outputs, [target])
    for names, key in (
        (['loss_cls'], 'loss_cls'),
        (['loss_l1', 'loss_giou'], 'loss_box'),
        (['loss_dice', 'loss_focal'], 'loss_mask'),
        (list(losses), 'total'),
    ):
        found = sum(losses[name] for name in names).item()
        assert abs(found - case[key]) <= LOSS_OFF[dtype], key


def test_gradient_of_the_training_loss_is_that_of_differences(parity_dir):
    """No gradient is recorded of it; quotients of differences stand in."""
    _, outputs, target = training_case(parity_dir, torch.float64)
    parts = [outputs.logits, outputs.boxes, outputs.masks]

    def total(*parts):
        return sum(SequenceSetLoss()(SlotOutputs(*parts), [target]).values())

    assert torch.autograd.gradcheck(
        total, [part.requires_grad_() for part in parts], fast_mode=True
    )
