"""The training loss over all slots of a batch."""

import math

import pytest
import torch

from mmselfshot.engine.run_config import load_config
from mmselfshot.models.selfshot import SequenceSetLoss, SlotOutputs
from mmselfshot.models.selfshot.instance_sequence_assigner import (
    InstanceSequenceAssigner,
)
from mmselfshot.registry import MODELS
from mmselfshot.structures.instance_sequences import InstanceSequences

NAMES = {'loss_cls', 'loss_l1', 'loss_giou', 'loss_dice', 'loss_focal'}
FRAMES, SLOTS, SIZE = 3, 4, (6, 8)


def outputs_of(layers=1, videos=1, size=SIZE):
    """Random and with gradients."""
    shape = layers, videos, FRAMES, SLOTS
    return SlotOutputs(
        torch.randn(*shape, 2, requires_grad=True),
        torch.rand(*shape, 4).mul(0.5).add(0.2).requires_grad_(),
        torch.randn(videos, SLOTS, FRAMES, *size, requires_grad=True),
    )


def video(num, size=SIZE):
    """Random instances, each shown in frame 0 at least."""
    masks = torch.rand(num, FRAMES, *size) > 0.7
    valid = torch.rand(num, FRAMES) > 0.4
    valid[:, 0] = True
    return InstanceSequences.from_masks(masks, valid)


def values(losses):
    return {name: value.item() for name, value in losses.items()}


def near(wanted):
    return pytest.approx(values(wanted), rel=1e-5, abs=1e-6)


def test_one_slot_by_hand():
    """A right box and mask, p = 1/2 everywhere, one of two slots matched.

    Class: both cost log 2. Dice of one true pixel of two at p = 1/2 is
    1/3, focal log(2) / 8, see `test_sequence_losses`.
    """
    masks = torch.tensor([[[[True, False]]]])
    target = InstanceSequences.from_masks(masks)
    boxes = torch.tensor([[0.25, 0.5, 0.5, 1.0], [0.5, 0.5, 0.1, 0.1]])
    outputs = SlotOutputs(
        torch.zeros(1, 1, 1, 2, 2),
        boxes[None, None, None],
        torch.zeros(1, 2, 1, 1, 2),
    )
    found = values(SequenceSetLoss()(outputs, [target]))
    assert found == pytest.approx(
        dict(
            loss_cls=math.log(2),
            loss_l1=0.0,
            loss_giou=0.0,
            loss_dice=1 / 3,
            loss_focal=math.log(2) / 8,
        )
    )


def test_weights_are_the_published_ones_of_vistr():
    outputs, targets = outputs_of(2), [video(2)]
    wanted = SequenceSetLoss(
        no_object_weight=0.1,
        class_weight=1,
        l1_weight=5,
        iou_weight=2,
        dice_weight=1,
        focal_weight=1,
        assigner=dict(class_weight=1, l1_weight=5, iou_weight=2),
    )
    found = SequenceSetLoss()(outputs, targets)
    assert values(found) == near(wanted(outputs, targets))


def test_class_loss_is_weighted_and_looks_at_validity():
    """The matched slot is seen in 1 of 2 frames; 4 predictions.

    -log p: foreground 1 of weight 1, no object 2, 3, 4 of weight .1.
    """
    prob = torch.tensor([1.0, 2.0, 3.0, 4.0]).neg().exp()
    rest = 1 - prob
    logits = torch.stack(
        [
            torch.stack([prob[0], rest[1], rest[2], rest[3]]),
            torch.stack([rest[0], prob[1], prob[2], prob[3]]),
        ],
        dim=-1,
    ).log()
    target = InstanceSequences(
        torch.ones(1, 2, 1, 1) > 0,
        torch.full((1, 2, 4), 0.5),
        torch.tensor([[True, False]]),
    )
    boxes = torch.full((1, 1, 2, 2, 4), 0.5)
    boxes[..., 1, :] = 0.1
    outputs = SlotOutputs(logits.reshape(1, 1, 2, 2, 2), boxes)
    losses = SequenceSetLoss(no_object_weight=0.1)(outputs, [target])
    assert set(losses) == {'loss_cls', 'loss_l1', 'loss_giou'}
    assert losses['loss_cls'].item() == pytest.approx((1 + 0.9) / 1.3)


def test_weights_multiply_their_losses():
    outputs, targets = outputs_of(), [video(2)]
    assigner = dict(type='InstanceSequenceAssigner')
    plain = SequenceSetLoss(0.1, 1, 1, 1, 1, 1, assigner)(outputs, targets)
    found = SequenceSetLoss(0.1, 2, 3, 4, 5, 6, assigner)(outputs, targets)
    for name, factor in zip(
        ('loss_cls', 'loss_l1', 'loss_giou', 'loss_dice', 'loss_focal'),
        (2, 3, 4, 5, 6),
    ):
        assert found[name].item() == pytest.approx(factor * plain[name].item())


def test_earlier_layers_have_class_and_box_losses_of_their_own():
    outputs, targets = outputs_of(layers=3), [video(2)]
    losses = SequenceSetLoss()(outputs, targets)
    earlier = {'loss_cls', 'loss_l1', 'loss_giou'}
    assert set(losses) == NAMES | {
        f'd{i}.{name}' for i in (0, 1) for name in earlier
    }
    for i in (0, 1):
        alone = SequenceSetLoss()(
            SlotOutputs(outputs.logits[i : i + 1], outputs.boxes[i : i + 1]),
            targets,
        )
        found = {name: losses[f'd{i}.{name}'] for name in earlier}
        assert values(found) == near(alone)


def test_losses_of_a_batch_are_means_over_all_instances():
    outputs, targets = outputs_of(videos=3), [video(1), video(0), video(3)]
    together = SequenceSetLoss()(outputs, targets)
    alone = [
        SequenceSetLoss()(
            SlotOutputs(
                outputs.logits[:, b : b + 1],
                outputs.boxes[:, b : b + 1],
                outputs.masks[b : b + 1],
            ),
            [target],
        )
        for b, target in enumerate(targets)
    ]
    for name in NAMES - {'loss_cls'}:
        hand = (alone[0][name] + 3 * alone[2][name]).item() / 4
        assert together[name].item() == pytest.approx(hand, rel=1e-5), name
    shown = [int(target.valid.sum()) for target in targets]
    weight = [s + 0.1 * (FRAMES * SLOTS - s) for s in shown]
    hand = sum(w * one['loss_cls'] for w, one in zip(weight, alone))
    assert together['loss_cls'].item() == pytest.approx(
        hand.item() / sum(weight), rel=1e-5
    )


def test_permuting_slots_or_instances_changes_nothing():
    outputs, target = outputs_of(layers=2), video(3)
    wanted = SequenceSetLoss()(outputs, [target])
    order, turn = torch.randperm(SLOTS), torch.tensor([2, 0, 1])
    permuted = SlotOutputs(
        outputs.logits[:, :, :, order],
        outputs.boxes[:, :, :, order],
        outputs.masks[:, order],
    )
    turned = InstanceSequences(
        target.masks[turn], target.boxes[turn], target.valid[turn]
    )
    assert values(SequenceSetLoss()(permuted, [turned])) == near(wanted)


def test_without_instances_boxes_and_masks_cost_nothing_but_keep_a_graph():
    outputs = outputs_of(layers=2, videos=2)
    losses = SequenceSetLoss()(outputs, [video(0), video(0)])
    for name, value in losses.items():
        assert value.requires_grad, name
        assert name.endswith('cls') == (value.item() > 0), name
    sum(losses.values()).backward()
    assert outputs.boxes.grad.eq(0).all()
    assert outputs.masks.grad.eq(0).all()
    assert outputs.logits.grad.ne(0).any()


def test_only_matched_slots_get_gradients_of_masks():
    outputs, target = outputs_of(), video(2)
    criterion = SequenceSetLoss()
    slots = criterion.match(outputs.logits[0], outputs.boxes[0], [target])[0]
    sum(criterion(outputs, [target]).values()).backward()
    moved = outputs.masks.grad[0].flatten(2).ne(0).any(2)
    wanted = torch.zeros(SLOTS, FRAMES, dtype=torch.bool)
    wanted[slots] = target.valid
    assert moved.tolist() == wanted.tolist()


def test_more_instances_than_slots_are_left_out():
    losses = SequenceSetLoss()(outputs_of(), [video(SLOTS + 2)])
    assert all(value.isfinite() for value in losses.values())


def test_small_masks_are_enlarged_to_the_targets():
    """Constant logits stay constant, so nothing but the size differs."""
    target = video(2)
    outputs = outputs_of(size=(3, 4))
    small = torch.randn(1, SLOTS, FRAMES, 1, 1)
    big = SlotOutputs(
        outputs.logits, outputs.boxes, small.expand(-1, -1, -1, *SIZE)
    )
    outputs.masks = small.expand(-1, -1, -1, 3, 4)
    wanted = SequenceSetLoss()(big, [target])
    assert values(SequenceSetLoss()(outputs, [target])) == near(wanted)


def test_ignored_pixels_do_not_change_the_losses():
    outputs, targets = outputs_of(videos=2), [video(2), video(1)]
    ignored = torch.rand(FRAMES, *SIZE) > 0.5
    first = SequenceSetLoss()(outputs, targets, [ignored, None])
    noise = torch.zeros_like(outputs.masks)
    noise[0] = ignored * 5
    outputs.masks = outputs.masks + noise
    assert values(SequenceSetLoss()(outputs, targets, [ignored, None])) == (
        near(first)
    )
    assert values(SequenceSetLoss()(outputs, targets)) != near(first)


def test_a_slot_on_ignored_pixels_is_neither_object_nor_none():
    """Slot 2 lies on them in frame 0, the matched slot 1 as well."""
    outputs, target = outputs_of(), video(1)
    boxes = outputs.boxes.detach().clone()
    boxes[0, 0, :, 1] = target.boxes[0]
    boxes[0, 0, 0, 2] = torch.tensor([0.75, 0.5, 0.5, 1.0])
    boxes[0, 0, :, (0, 3)] = boxes.new_tensor([0.1, 0.1, 0.2, 0.2])
    outputs.boxes = boxes
    ignored = torch.zeros(FRAMES, *SIZE, dtype=torch.bool)
    ignored[0, :, 4:] = True
    loss = SequenceSetLoss()
    slots = [torch.tensor([1])]

    def class_loss(*more):
        return loss.class_and_box_losses(
            *(outputs.logits[0], boxes[0], [target], slots), *more
        )['loss_cls']

    assert class_loss([None]).equal(class_loss())
    assert class_loss([torch.zeros_like(ignored)]).equal(class_loss())
    (grad,) = torch.autograd.grad(class_loss([ignored]), outputs.logits)
    is_told = grad[0, 0].abs().sum(-1) > 0
    wanted = torch.ones(FRAMES, SLOTS, dtype=torch.bool)
    wanted[0, 2] = False
    assert is_told.equal(wanted)
    boxes[...] = boxes.new_tensor([0.5, 0.5, 1.0, 1.0])
    everything = [torch.ones_like(ignored)]
    none = [torch.tensor([-1])]
    found = loss.class_and_box_losses(
        outputs.logits[0], boxes[0], [target], none, everything
    )
    assert found['loss_cls'].item() == 0


def test_half_precision_is_raised_under_autocast():
    outputs, targets = outputs_of(), [video(2)]
    half = SlotOutputs(
        outputs.logits.bfloat16(),
        outputs.boxes.bfloat16(),
        outputs.masks.bfloat16(),
    )
    with torch.autocast('cpu', torch.bfloat16):
        losses = SequenceSetLoss()(half, targets)
    raised = SlotOutputs(
        half.logits.float(), half.boxes.float(), half.masks.float()
    )
    assert {value.dtype for value in losses.values()} == {torch.float32}
    assert values(losses) == near(SequenceSetLoss()(raised, targets))


@pytest.mark.parametrize(
    'name', ['selfshot_5shot_toyvis', 'selfshot_coco_split1']
)
def test_an_option_chooses_the_style_of_the_matching(repo, name):
    config = repo / f'configs/selfshot/{name}.py'
    options = ['+model.loss.assigner.style=vistr']
    loss = MODELS.build(load_config(config, options).model.loss)
    assert isinstance(loss.assigner, InstanceSequenceAssigner)
    assert loss.assigner.style == 'vistr'


def test_half_a_box_on_ignored_pixels_is_enough_in_every_layer():
    """Slot 0 is right at p = 1/2; slot 1, of columns 1 and 2, is surely
    wrong (-log p = 18), and column 2 is ignored."""
    masks = torch.tensor([[[[True, True, False, False]]]])
    target = InstanceSequences.from_masks(masks)
    boxes = torch.tensor([[0.25, 0.5, 0.5, 1.0], [0.5, 0.5, 0.5, 1.0]])
    logits = torch.tensor([[0.0, 0.0], [9.0, -9.0]])
    outputs = SlotOutputs(
        logits.expand(2, 1, 1, 2, 2), boxes.expand(2, 1, 1, 2, 4)
    )
    ignored = torch.tensor([[[False, False, True, False]]])
    told = (math.log(2) + 0.1 * 18) / 1.1
    for some, hand in (([ignored], math.log(2)), ([None], told)):
        losses = SequenceSetLoss()(outputs, [target], some)
        for name in ('loss_cls', 'd0.loss_cls'):
            assert losses[name].item() == pytest.approx(hand, rel=1e-5)
