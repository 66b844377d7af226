"""The segmenter: shared convolution, chunks, checkpoints, shapes."""

import pytest
import torch
from torch import nn

from mmselfshot.models.selfshot.segmenter import InstanceSegmenter

SIZES = dict(
    dims=12, num_heads=3, channels=(16, 8, 8, 4), level_channels=(6, 10)
)


def build(**options) -> InstanceSegmenter:
    torch.manual_seed(3)
    segmenter = InstanceSegmenter(**SIZES, **options).double()
    # offsets that are not all zero
    nn.init.normal_(segmenter.deform_conv.conv_offset.weight, std=0.1)
    return segmenter


def inputs(num_videos=2, num_frames=3, num_slots=4, size=(2, 3), seed=0):
    made = torch.Generator().manual_seed(seed)
    h, w = size

    def draw(*shape):
        return torch.randn(
            num_videos, num_frames, *shape, generator=made
        ).double()

    levels = draw(6, 4 * h - 1, 4 * w), draw(10, 2 * h, 2 * w - 1)
    return draw(num_slots, 12), draw(12, h, w), draw(12, h, w), levels


def gradients(segmenter, **options):
    given = inputs(**options)
    segmenter.zero_grad()
    masks = segmenter(*given)
    masks.square().sum().backward()
    return masks, [p.grad.clone() for p in segmenter.parameters()]


def test_deformation_starts_from_none_and_time_is_dilated():
    segmenter = InstanceSegmenter(**SIZES)
    assert not segmenter.deform_conv.conv_offset.weight.any()
    assert not segmenter.deform_conv.conv_offset.bias.any()
    convs = [one for one in segmenter.over_time if hasattr(one, 'dilation')]
    assert [one.dilation[0] for one in convs] == [2, 2, 2, 1]
    assert [one.kernel_size[0] for one in convs] == [3, 3, 3, 1]


def test_masks_have_the_size_of_the_finest_level():
    """Stage sizes that are no multiples of each other, as 280 / 16."""
    masks = build()(*inputs())
    assert masks.shape == (2, 4, 3, 7, 12)


@pytest.mark.parametrize(
    'options',
    [
        dict(is_first_conv_shared=False),
        dict(slots_at_once=3),
        dict(has_checkpoints=True, slots_at_once=2),
    ],
)
def test_no_saving_changes_masks_or_gradients(options):
    masks, grads = gradients(build())
    found, found_grads = gradients(build(**options))
    torch.testing.assert_close(found, masks, rtol=0, atol=1e-10)
    for one, wanted in zip(found_grads, grads):
        torch.testing.assert_close(one, wanted, rtol=1e-9, atol=1e-9)


def test_every_parameter_gets_a_gradient():
    segmenter = build()
    _, grads = gradients(segmenter)
    names = [name for name, _ in segmenter.named_parameters()]
    # a constant key moves all logits of a head alike; with the softmax over
    # heads together it still counts
    silent = [n for n, g in zip(names, grads) if not g.abs().max() > 0]
    assert silent == []


def test_chosen_slots_are_those_of_all():
    segmenter, given = build(), inputs()
    chosen = torch.tensor([[1, 3], [0, 2], [1, 0]])
    whole = segmenter(*given)
    found = segmenter.predict(*given, chosen=chosen)
    assert not found.requires_grad
    torch.testing.assert_close(
        found, whole[chosen[:, 0], chosen[:, 1]], rtol=0, atol=1e-12
    )


def test_no_chosen_slot_gives_no_mask():
    none = torch.zeros((0, 2), dtype=torch.int64)
    assert build()(*inputs(), chosen=none).shape == (0, 3, 7, 12)


def test_slots_and_videos_do_not_see_each_other():
    segmenter = build()
    slots, encoded, fused, levels = inputs()
    whole = segmenter(slots, encoded, fused, levels)
    order = torch.tensor([2, 0, 3, 1])
    moved = segmenter(slots[:, :, order], encoded, fused, levels)
    torch.testing.assert_close(moved, whole[:, order], rtol=0, atol=1e-12)
    alone = segmenter(
        slots[1:], encoded[1:], fused[1:], [one[1:] for one in levels]
    )
    torch.testing.assert_close(alone, whole[1:], rtol=0, atol=1e-12)


def test_frames_inform_each_other():
    """The accumulation over time: frame 0 changes, the mask of 2 too."""
    segmenter = build()
    slots, encoded, fused, levels = inputs()
    whole = segmenter(slots, encoded, fused, levels)
    encoded[:, 0] += 1
    changed = segmenter(slots, encoded, fused, levels)
    assert (changed - whole)[:, :, 2].abs().max() > 1e-6


@pytest.mark.parametrize('num_frames', [1, 2, 5])
@pytest.mark.parametrize('num_slots', [1, 7])
def test_any_number_of_frames_and_slots_runs(num_frames, num_slots):
    """7 slots of 5 frames are no multiple of mmcv's usual 32 images."""
    given = inputs(1, num_frames, num_slots, size=(1, 2))
    masks = build()(*given)
    assert masks.shape == (1, num_slots, num_frames, 3, 8)
    assert torch.isfinite(masks).all()


def test_default_sizes_are_those_of_the_paper():
    """VisTR's 192 / 96 / 48 / 24, halved over time, in groups that fit."""
    segmenter = InstanceSegmenter()
    assert segmenter.first_conv.weight.shape == (192, 8 + 2 * 288, 3, 3)
    over_time = [m for m in segmenter.over_time if isinstance(m, nn.Conv3d)]
    assert [m.in_channels for m in over_time] == [24, 12, 12, 12]
    norms = [m for m in segmenter.modules() if isinstance(m, nn.GroupNorm)]
    assert [m.num_groups for m in norms] == [8, 8, 8, 8, 4, 4, 4]


def test_autocast_gives_nearly_the_same():
    segmenter = build().float()
    slots, encoded, fused, levels = inputs()
    given = slots.float(), encoded.float(), fused.float()
    levels = [one.float() for one in levels]
    plain = segmenter(*given, levels)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = segmenter(*given, levels)
    scale = plain.abs().max()
    assert (found.float() - plain).abs().max() < 0.1 * scale
