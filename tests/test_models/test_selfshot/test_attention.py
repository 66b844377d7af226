"""Attention between two sets of tokens."""

import pytest
import torch

from mmselfshot.models.selfshot import (
    MultiHeadAttention,
    add_position,
    attend,
)
from mmselfshot.utils import UserError


def tokens(num, dims=12, batch=2):
    return torch.randn(batch, num, dims)


def test_equal_keys_give_the_mean_value():
    """One head, maps that do nothing: every weight is 1 / 3."""
    attention = MultiHeadAttention(4, num_heads=1).eval()
    for part in attention.children():
        torch.nn.init.eye_(part.weight)
    value = tokens(3, dims=4)
    found = attention(tokens(5, dims=4), torch.ones(2, 3, 4), value)
    expected = value.mean(1, keepdim=True).expand(2, 5, 4)
    torch.testing.assert_close(found, expected)


def test_agrees_with_torch_on_equal_weights():
    attention = MultiHeadAttention(12, num_heads=3).eval()
    other = torch.nn.MultiheadAttention(12, 3, batch_first=True).eval()
    maps = [attention.query, attention.key, attention.value]
    for part in [*maps, attention.out]:
        torch.nn.init.normal_(part.bias)
    with torch.no_grad():
        other.in_proj_weight.copy_(torch.cat([part.weight for part in maps]))
        other.in_proj_bias.copy_(torch.cat([part.bias for part in maps]))
        other.out_proj.load_state_dict(attention.out.state_dict())
    query, key, value = tokens(5), tokens(7), tokens(7)
    expected = other(query, key, value)[0]
    torch.testing.assert_close(attention(query, key, value), expected)


def test_weights_are_dropped_in_training_alone():
    attention = MultiHeadAttention(12, num_heads=3, dropout=0.5)
    query, key = tokens(5), tokens(7)
    assert not torch.equal(
        attention(query, key, key), attention(query, key, key)
    )
    attention.eval()
    assert torch.equal(attention(query, key, key), attention(query, key, key))


def test_chunks_with_dropout_keep_the_mean_and_the_gradient():
    """Values of one: a row's result is its kept weight, 1 on average."""
    query, key = torch.randn(2, 1, 3, 40, 4)
    query.requires_grad_(), key.requires_grad_()
    value = torch.ones(1, 3, 40, 4, requires_grad=True)
    found = attend(query, key, value, dropout=0.5, chunk_elements=3 * 40 * 7)
    assert found.mean().item() == pytest.approx(1, abs=0.1)
    assert found.std() > 0.05
    found.sum().backward()
    # the values' gradient is the weight that was kept, column by column
    torch.testing.assert_close(value.grad.sum(), found.sum())
    assert query.grad.isfinite().all() and key.grad.isfinite().all()


def test_chunks_run_one_row_at_a_time_at_least():
    query, key = torch.randn(2, 1, 1, 3, 4)
    assert attend(query, key, key, 0.1, chunk_elements=0).shape == (1, 1, 3, 4)


def test_chunks_are_not_needed_without_dropout():
    query, key = torch.randn(2, 1, 1, 6, 4)
    weights = (query @ key.mT / 2).softmax(-1)
    found = attend(query, key, key, chunk_elements=1)
    torch.testing.assert_close(found, weights @ key)


def test_aligned_maps_ask_for_their_like_with_a_gain():
    attention = MultiHeadAttention(12, num_heads=3)
    before = attention.query.weight.detach().clone()
    attention.align(4.0)
    query, key = attention.query.weight, attention.key.weight
    assert torch.equal(query, key)
    torch.testing.assert_close(query.mT @ key, 4 * before.mT @ before)


def test_no_asking_token_has_an_empty_answer():
    attention = MultiHeadAttention(12, num_heads=3)
    assert attention(tokens(0), tokens(7), tokens(7)).shape == (2, 0, 12)


def test_no_position_adds_nothing():
    some = tokens(3)
    assert add_position(some, None) is some
    assert torch.equal(add_position(some, torch.ones(1, 3, 12)), some + 1)


def test_heads_that_do_not_divide_are_refused():
    with pytest.raises(UserError, match='dims=10 and num_heads=4'):
        MultiHeadAttention(10, num_heads=4)
