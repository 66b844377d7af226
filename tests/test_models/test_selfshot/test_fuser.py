"""What the supports share comes into the query.

The mathematics is held to recorded values in
`test_parity/test_query_support_fuser.py`.
"""

import pytest
import torch

from mmselfshot.models.selfshot import QuerySupportFuser
from mmselfshot.utils import UserError


def build(num_layers=2, **options):
    sizes = dict(dims=12, num_heads=3, ffn_dims=20)
    return QuerySupportFuser(num_layers, **sizes, **options).eval()


def videos(num_supports=3):
    """Query tokens, and those of K supports of 4 each."""
    return torch.randn(2, 5, 12), torch.randn(2, num_supports, 4, 12)


def test_both_branches_ask_what_the_other_was_before():
    """Eq. (4), step by step; the fusion asks both enhanced ones."""
    fuser = build(1)
    (layer,) = fuser.layers
    query, supports = videos()
    support = supports.flatten(1, 2)
    to_query = layer.query_from_support(query, support, support)
    to_support = layer.support_from_query(support, query, query)
    enhanced = layer.query_norm(query + to_query)
    shared = layer.support_norm(support + to_support)
    found = layer.fusion(enhanced, shared, shared)
    fused = layer.fusion_norm(enhanced + found)
    wanted = layer.ffn_norm(fused + layer.ffn(fused))
    torch.testing.assert_close(fuser(query, support), wanted)
    torch.testing.assert_close(layer(query, support)[1], shared)


@pytest.mark.parametrize('next_support', ['updated', 'encoded'])
@pytest.mark.parametrize('num_supports', [1, 3, 10])
def test_order_of_the_supports_does_not_matter(num_supports, next_support):
    fuser = build(next_support=next_support)
    query, supports = videos(num_supports)
    order = torch.randperm(num_supports)
    found = fuser(query, supports.flatten(1, 2))
    shuffled = fuser(query, supports[:, order].flatten(1, 2))
    assert found.shape == query.shape
    torch.testing.assert_close(shuffled, found, rtol=0, atol=1e-5)


def test_another_support_changes_the_query():
    fuser = build()
    query, supports = videos()
    found = fuser(query, supports.flatten(1, 2))
    supports[0, 1] = torch.randn(4, 12)
    other = fuser(query, supports.flatten(1, 2))
    assert (other[0] - found[0]).abs().max() > 1e-3
    torch.testing.assert_close(other[1], found[1])


@pytest.mark.parametrize('side', ['query', 'support'])
@pytest.mark.parametrize('has_position', [True, False])
def test_position_counts_on_request(side, has_position):
    fuser = build(**(dict(has_position=True) if has_position else {}))
    query, supports = videos()
    support = supports.flatten(1, 2)
    tokens = query if side == 'query' else support
    position = {f'{side}_position': torch.randn_like(tokens)}
    is_same = torch.allclose(
        fuser(query, support, **position), fuser(query, support), atol=1e-5
    )
    assert is_same is not has_position


def test_position_counts_in_each_of_the_three_attentions():
    """Two of them are silenced by maps to nothing."""
    names = 'query_from_support', 'support_from_query', 'fusion'
    for name in names:
        fuser = build(1, has_position=True)
        (layer,) = fuser.layers
        for other in set(names) - {name}:
            torch.nn.init.zeros_(getattr(layer, other).out.weight)
        query, supports = videos()
        both = layer(query, supports.flatten(1, 2))
        placed = layer(
            *(query, supports.flatten(1, 2)),
            *(torch.randn(1, 5, 12), torch.randn(1, 12, 12)),
        )
        changed = [
            not torch.allclose(one, other, atol=1e-5)
            for one, other in zip(both, placed)
        ]
        assert changed == [
            name != 'support_from_query',
            name == 'support_from_query',
        ], name


def test_position_is_not_in_the_values():
    """Equal supports have one value: where they lie cannot show."""
    fuser = build(1, has_position=True)
    query, support = torch.randn(2, 1, 12), torch.randn(2, 1, 12)
    found = fuser(query, support)
    placed = fuser(
        query, support, torch.randn(1, 1, 12), torch.randn(1, 1, 12)
    )
    torch.testing.assert_close(placed, found)


def test_next_support_makes_a_difference():
    fuser, other = build(), build(next_support='encoded')
    other.load_state_dict(fuser.state_dict())
    query, supports = videos()
    support = supports.flatten(1, 2)
    assert not torch.allclose(fuser(query, support), other(query, support))


@pytest.mark.parametrize('num_layers, num_supports', [(0, 3), (2, 0)])
def test_query_stays_without_layers_or_supports(num_layers, num_supports):
    query, supports = videos(num_supports)
    assert build(num_layers)(query, supports.flatten(1, 2)) is query


@pytest.mark.parametrize('next_support', ['updated', 'encoded'])
def test_checkpointing_changes_no_gradient(next_support):
    gradients = []
    for is_checkpointed in (False, True):
        torch.manual_seed(1)
        fuser = build(
            next_support=next_support, is_checkpointed=is_checkpointed
        ).train()
        query, supports = videos()
        supports.requires_grad_()
        fuser(query, supports.flatten(1, 2)).square().sum().backward()
        gradients.append(
            [supports.grad, *(p.grad for p in fuser.parameters())]
        )
    for plain, repeated in zip(*gradients):
        torch.testing.assert_close(repeated, plain)


def test_unknown_next_support_is_named():
    with pytest.raises(UserError, match="next_support='newest'"):
        build(next_support='newest')
