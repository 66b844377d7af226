"""Attention maps of slots: sums, means, by hand."""

import math

import pytest
import torch

from mmselfshot.models.selfshot.slot_attention import (
    SlotAttention,
    slot_attention_maps,
)


def test_two_cells_by_hand():
    """One head of 4 channels: logits 2 * 3 / sqrt(4) = 3 and 0."""
    query = torch.tensor([[[2.0, 0, 0, 0]]])
    key = torch.zeros(1, 4, 1, 2)
    key[0, 0, 0, 0] = 3
    (found,) = slot_attention_maps(query, key, 1).flatten(0, 3)
    wanted = math.exp(3) / (math.exp(3) + 1)
    assert found[0].item() == pytest.approx(wanted, rel=1e-6)


def test_two_heads_share_one_softmax_or_have_their_own():
    """Logits 3, 0 of head 0 and 0, 0 of head 1."""
    query = torch.tensor([[[2.0, 0, 0, 0, 1, 0, 0, 0]]])
    key = torch.zeros(1, 8, 1, 2)
    key[0, 0, 0, 0] = 3
    joint = slot_attention_maps(query, key, 2).flatten()
    own = slot_attention_maps(query, key, 2, is_joint=False).flatten()
    e = math.exp(3)
    assert joint.tolist() == pytest.approx([e / (e + 3)] + [1 / (e + 3)] * 3)
    assert own.tolist() == pytest.approx([e / (e + 1), 1 / (e + 1), 0.5, 0.5])


@pytest.mark.parametrize('is_joint', [True, False])
def test_unit_mean_maps_have_it(is_joint):
    attention = SlotAttention(8, 2, is_joint, has_unit_mean=True)
    maps = attention(torch.randn(3, 5, 8), torch.randn(3, 8, 2, 3))
    assert maps.shape == (3, 5, 2, 2, 3)
    means = maps.flatten(2).mean(-1)
    torch.testing.assert_close(means, torch.ones(3, 5))
