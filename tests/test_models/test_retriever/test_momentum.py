"""The moving average of an encoder."""

import pytest
import torch
from torch import nn

from mmselfshot.models.retriever.momentum import MomentumEncoder
from mmselfshot.utils import UserError


def encoder_of(value):
    encoder = nn.Linear(1, 1, bias=False)
    nn.init.constant_(encoder.weight, value)
    return encoder


def test_average_starts_as_a_copy_without_gradient():
    encoder = encoder_of(2.0)
    model = MomentumEncoder(encoder)
    nn.init.zeros_(encoder.weight)
    found = model(torch.ones(1, 1, requires_grad=True))
    assert found.item() == 2.0
    assert not found.requires_grad
    assert not list(filter(lambda p: p.requires_grad, model.parameters()))


def test_two_updates_with_constant_momentum_by_hand():
    """1 -> .75 + .25 * 5 = 2 -> .75 * 2 + .25 * 5 = 2.75."""
    model = MomentumEncoder(encoder_of(1.0), momentum=0.75)
    for expected in (2.0, 2.75):
        model.update(encoder_of(5.0))
        assert model.average.weight.item() == pytest.approx(expected)


def test_cosine_momentum_rises_with_the_updates():
    """From 0.8 over two updates: 0.8, 0.9, then 1 and it stands still."""
    model = MomentumEncoder(encoder_of(0.0), momentum=0.8, num_updates=2)
    seen = []
    for _ in range(4):
        model.update(encoder_of(1.0))
        seen.append(model.average.weight.item())
    assert seen == pytest.approx([0.2, 0.28, 0.28, 0.28])


def test_saved_average_goes_on_with_its_momentum():
    model = MomentumEncoder(encoder_of(0.0), momentum=0.8, num_updates=2)
    model.update(encoder_of(1.0))
    other = MomentumEncoder(encoder_of(9.0), momentum=0.8, num_updates=2)
    other.load_state_dict(model.state_dict())
    assert other.current_momentum() == pytest.approx(0.9)


@pytest.mark.parametrize(
    'options', [dict(momentum=1.5), dict(momentum=-0.1), dict(num_updates=0)]
)
def test_values_outside_of_the_range_are_refused(options):
    (name,) = options
    with pytest.raises(UserError, match=f'{name}='):
        MomentumEncoder(encoder_of(0.0), **options)
