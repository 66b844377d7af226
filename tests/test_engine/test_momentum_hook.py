"""When the average moves."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmselfshot.engine import MomentumHook


class Counted(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.num_moves = 0

    def move_average(self):
        self.num_moves += 1


@pytest.mark.parametrize(('counts', 'expected'), [(1, 6), (2, 3), (3, 2)])
def test_average_moves_once_per_step_of_the_optimizer(counts, expected):
    model = Counted()
    wrapper = OptimWrapper(
        torch.optim.SGD(model.parameters(), lr=1.0),
        accumulative_counts=counts,
    )
    wrapper.initialize_count_status(model, 0, 6)
    runner, hook = (
        SimpleNamespace(model=model, optim_wrapper=wrapper),
        (MomentumHook()),
    )
    before = model.weight.item()
    num_steps = 0
    for iteration in range(6):
        wrapper.update_params(model.weight * 1.0)
        hook.after_train_iter(runner, iteration)
        num_steps += model.weight.item() != before
        before = model.weight.item()
        assert model.num_moves == num_steps
    assert num_steps == expected


def test_model_inside_of_a_wrapper_moves():
    from mmengine.registry import MODEL_WRAPPERS

    @MODEL_WRAPPERS.register_module(name='Around')
    class Around(nn.Module):
        def __init__(self, module):
            super().__init__()
            self.module = module

    try:
        model = Counted()
        wrapper = SimpleNamespace(should_update=lambda: True)
        runner = SimpleNamespace(model=Around(model), optim_wrapper=wrapper)
        MomentumHook().after_train_iter(runner, 0)
        assert model.num_moves == 1
    finally:
        MODEL_WRAPPERS.module_dict.pop('Around')
