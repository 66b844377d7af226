"""The configs of MinVIS: published numbers, optimiser, tiny twins."""

from functools import partial
from unittest import mock

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from tiny_minvis import clip_sample, collate, shrink
from torch import nn

from mmselfshot.registry import MODELS

# data: classes, iterations, lr step, test short edge of R50 and Swin-L
PUBLISHED = {
    'ytvis19': (40, 6000, 4000, 360, 480),
    'ytvis21': (40, 8000, 5500, 360, 360),
    'ovis': (25, 10000, 7000, 360, 480),
}
CASES = [(net, data) for net in ('r50', 'swin-l') for data in PUBLISHED]


@pytest.fixture
def read(repo):
    return lambda net, data: Config.fromfile(
        repo / f'configs/minvis/minvis_{net}_{data}.py'
    )


def build_without_memory(model):
    """Build on the meta device; Swin reads numbers off one tensor."""
    on_cpu = partial(torch.linspace, device='cpu')
    with mock.patch('torch.linspace', on_cpu), torch.device('meta'):
        return MODELS.build(model)


@pytest.mark.parametrize(('net', 'data'), CASES)
def test_published_numbers(read, net, data):
    cfg = read(net, data)
    classes, iters, step, edge_r50, edge_swin = PUBLISHED[data]
    assert cfg.model.head.num_classes == classes
    assert cfg.model.head.num_queries == (100 if net == 'r50' else 200)
    assert cfg.train_cfg.max_iters == iters
    assert [s.milestones for s in cfg.param_scheduler] == [[step]]
    gpus = 8 if net == 'r50' else 16
    assert cfg.train_dataloader.batch_size * gpus == 32
    assert cfg.auto_scale_lr.base_batch_size == 32
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        edges = [
            step.short_edges
            for step in loader.dataset.pipeline
            if 'short_edges' in step
        ]
        assert edges == [edge_r50 if net == 'r50' else edge_swin]
    assert cfg.load_from.endswith(f'pretrained/mask2former_{net}_coco.pth')


@pytest.mark.parametrize(
    ('net', 'parameters'), [('r50', 43_959_977), ('swin-l', 215_511_709)]
)
def test_optimiser_and_size_are_the_published_ones(read, net, parameters):
    """Sizes as reported for 40 classes; batch norms count as constants."""
    cfg = read(net, 'ytvis19')
    model = build_without_memory(cfg.model)
    trained = {
        name: parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    assert sum(p.numel() for p in trained.values()) == parameters
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    settings = {
        id(parameter): (group['lr'], group['weight_decay'])
        for group in wrapper.optimizer.param_groups
        for parameter in group['params']
    }
    norms = (nn.LayerNorm, nn.GroupNorm)
    no_decay = set()
    for path, module in model.named_modules():
        is_learned_table = isinstance(module, nn.Embedding)
        if isinstance(module, norms) or (
            is_learned_table and 'level_encoding' not in path
        ):
            no_decay |= {id(p) for p in module.parameters()}
    for name, parameter in trained.items():
        lr = 1e-5 if name.startswith('backbone.') else 1e-4
        decays = id(parameter) not in no_decay and 'bias_table' not in name
        expected = (pytest.approx(lr), 0.05 if decays else 0.0)
        assert settings[id(parameter)] == expected, name
    assert wrapper.clip_grad_kwargs == dict(max_norm=0.01, norm_type=2)


@pytest.mark.parametrize(('net', 'data'), CASES)
def test_tiny_twin_trains_and_predicts(read, net, data):
    cfg = read(net, data)
    model = MODELS.build(shrink(cfg.model))
    model.init_weights()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    model.train()
    for seed in range(2):
        batch = collate([clip_sample(seed=seed, num_classes=25)])
        log = model.train_step(batch, wrapper)
        assert torch.isfinite(log['loss'])
    model.eval()
    output = model.test_step(collate([clip_sample(2, num_objects=0)]))
    assert len(output[0].pred_tracks) == 10
