"""Positions of supports."""

import pytest
import torch
from tiny_selfshot import LAYERS, build_tiny, draw_inputs

from mmselfshot.utils import UserError


def test_order_of_supports_changes_nothing_with_positions_in_the_fuser():
    model = build_tiny(fuser=LAYERS | dict(has_position=True))
    inputs = draw_inputs(3)
    moved = {**inputs, 'supports': inputs['supports'][:, [2, 0, 1]]}
    with torch.no_grad():
        found, wanted = model(moved), model(inputs)
    for name in ('logits', 'boxes', 'masks'):
        torch.testing.assert_close(
            getattr(found, name), getattr(wanted, name), rtol=0, atol=1e-5
        )


def test_each_support_has_the_positions_of_its_own_cells():
    """Three supports of 2 frames of 2x3 cells."""
    encoder = build_tiny().episode_encoder
    encoded = torch.zeros(1, 3, 2 * 2 * 3, 12)
    one = encoder.cell_position((2, 2, 3), encoded)
    found = encoder.support_position(encoded, (2, 3))
    assert torch.equal(found, torch.cat([one] * 3, 1))
    with pytest.raises(UserError, match='12 tokens beside a query of 2x4'):
        encoder.support_position(encoded, (2, 4))


@pytest.mark.parametrize('branch', ['query', 'support'])
def test_each_branch_has_positions_of_its_own_choice(branch):
    """Table 9: one encoder has them, the other does not."""
    none, one = (
        build_tiny(position=position).episode_encoder
        for position in ([], [branch])
    )
    one.load_state_dict(none.state_dict())
    inputs = draw_inputs(2)
    queries = [it.encode_query(inputs['query']).tokens for it in (none, one)]
    supports = [it.encode_supports(inputs['supports']) for it in (none, one)]
    assert torch.allclose(*queries) is (branch == 'support')
    assert torch.allclose(*supports) is (branch == 'query')
    size, like = (1, 2, 3), supports[0]
    assert (one.query_position(size, like) is None) is (branch == 'support')
    assert (one.support_position(like, size[1:]) is None) is (
        branch == 'query'
    )
