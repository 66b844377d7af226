"""Attention before and after the fuser."""

from unittest.mock import patch

import pytest
import torch
from tiny_selfshot import FRAMES, SIZE, build_tiny, draw_inputs

from mmselfshot.models.selfshot.fuser_attention import (
    attention_around_fuser,
    join_maps,
)
from mmselfshot.models.selfshot.sequence_losses import FOREGROUND


def test_slots_count_by_their_weight_whatever_their_scale():
    """One frame of two cells; (3 * (1/4, 3/4) + 1 * (1, 0)) / 4."""
    maps = torch.tensor([[[0.2, 0.0], [0.0, 0.6]], [[5.0, 0.0], [5.0, 0.0]]])
    heat = join_maps(maps.view(1, 1, 2, 2, 1, 2), torch.tensor([[[3.0, 1]]]))
    assert heat.shape == (1, 1, 1, 2)
    assert heat.flatten().tolist() == pytest.approx([7 / 16, 9 / 16])


def test_every_frame_sums_to_one_and_supports_matter():
    model = build_tiny()
    inputs = draw_inputs(2)
    before, after = attention_around_fuser(model, inputs)
    cells = SIZE[0] // 16, SIZE[1] // 16
    assert before.shape == after.shape == (1, FRAMES, *cells)
    for heat in (before, after):
        assert (heat >= 0).all()
        assert torch.allclose(heat.sum((-2, -1)), torch.ones(1, FRAMES))
    assert not torch.allclose(before, after, atol=1e-4)


@pytest.mark.parametrize('place_gain', [None, 4.0])
def test_without_supports_nothing_changes(place_gain):
    model = build_tiny(place_gain=place_gain)
    before, after = attention_around_fuser(model, draw_inputs(None))
    assert torch.allclose(before, after, atol=1e-6)


@pytest.mark.parametrize('place_gain', [None, 4.0])
def test_after_is_what_the_segmenter_sees(place_gain):
    """The one slot of foreground; per-head softmax instead of a joint one."""
    model = build_tiny(num_slots=1, place_gain=place_gain)
    inputs = draw_inputs(1)
    with torch.no_grad():
        _, decoded = model.decode(inputs)
        seen = decoded.placed if place_gain else decoded.fused
        maps = model.segmenter.attention(decoded.slots[0], seen[0])
    _, after = attention_around_fuser(model, inputs)
    assert torch.allclose(after[0], maps[:, 0].sum(1), atol=1e-6)


def test_slots_that_found_something_count():
    """Slot 2 is sure of an object, the others that there is none."""
    model, inputs = build_tiny(), draw_inputs(1)
    torch.nn.init.normal_(model.query_embed.weight, std=3)
    model.segmenter.attention.align(20.0)  # else maps are nearly even
    with torch.no_grad():
        outputs, decoded = model.decode(inputs)
        maps = model.segmenter.attention(decoded.slots[0], decoded.fused[0])
    outputs.logits = torch.zeros_like(outputs.logits)
    outputs.logits[..., FOREGROUND] = -50
    outputs.logits[..., 2, FOREGROUND] = 50
    with patch.object(model, 'decode', return_value=(outputs, decoded)):
        _, after = attention_around_fuser(model, inputs)
    of_slots = maps.sum(2)
    of_slots = of_slots / of_slots.sum((-2, -1), keepdim=True)
    torch.testing.assert_close(after[0], of_slots[:, 2])
    assert not torch.allclose(after[0], of_slots[:, 0], atol=1e-3)
