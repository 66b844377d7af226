"""The base configs of SelfShotVIS: the paper's sizes, small twins."""

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from tiny_selfshot import draw_inputs, sample, shrink

from mmselfshot.registry import MODELS


@pytest.fixture
def read(repo):
    folder = repo / 'configs' / 'selfshot' / '_base_'
    return lambda name: Config.fromfile(folder / f'{name}.py')


def test_sizes_are_those_of_the_paper(read):
    """Sec. 5: T = 32, 10 instances, 6 / 3 / 6 layers, width 288, 8 heads,
    AdamW, 1e-4, of the backbone 1e-5; ResNet-50 to the fourth stage."""
    cfg = read('selfshot')
    model, optimizer = cfg.model, cfg.optim_wrapper
    assert (model.num_frames, model.num_slots, model.dims) == (32, 10, 288)
    layers = [model.encoder, model.fuser, model.decoder]
    assert [one.num_layers for one in layers] == [6, 3, 6]
    assert {one.num_heads for one in layers} == {8}
    assert optimizer.optimizer.type == 'AdamW'
    assert optimizer.optimizer.lr == 1e-4
    mult = optimizer.paramwise_cfg.custom_keys.backbone.lr_mult
    assert mult == pytest.approx(0.1)
    assert (model.backbone.depth, model.backbone.num_stages) == (50, 3)
    assert tuple(model.backbone.dilations) == (1, 1, 2)


def test_rate_of_the_backbone_is_a_tenth(read):
    cfg = read('selfshot')
    shrink(cfg.model)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    slow = {
        id(one)
        for one in model.episode_encoder.backbone.parameters()
        if one.requires_grad
    }
    for group in wrapper.optimizer.param_groups:
        for one in group['params']:
            wanted = 1e-5 if id(one) in slow else 1e-4
            assert group['lr'] == pytest.approx(wanted)


@pytest.mark.parametrize('name', ['selfshot', 'selfshot_toyvis_model'])
def test_tiny_twin_trains_and_predicts(read, name):
    cfg = read(name)
    shrink(cfg.model)
    model = MODELS.build(cfg.model)
    model.init_weights()
    wrapper = build_optim_wrapper(
        model, cfg.get('optim_wrapper') or dict(optimizer=dict(type='AdamW'))
    )
    inputs = draw_inputs(1, num_frames=cfg.model.num_frames)
    model.train()
    for _ in range(2):
        losses = model(inputs, [sample()], mode='loss')
        total, _ = model.parse_losses(losses)
        assert torch.isfinite(total)
        wrapper.update_params(total)
    (found,) = model.eval()(inputs, [sample()], mode='predict')
    assert len(found.pred_tracks) == cfg.model.num_slots


@pytest.mark.parametrize(
    ('name', 'num_supports', 'num_steps'),
    [
        ('selfshot_1shot_selfvis', 1, 1651),
        ('selfshot_5shot_selfvis', 5, 1651),
        ('selfshot_1shot_selfovis', 1, 449),
        ('selfshot_5shot_selfovis', 5, 449),
        *((f'selfshot_coco_split{i}', 1, 13750) for i in (1, 2, 3, 4)),
    ],
)
def test_run_configs_have_the_papers_schedule(
    repo, name, num_supports, num_steps
):
    """20 epochs, a tenth of the rate from epoch 14 on."""
    cfg = Config.fromfile(repo / f'configs/selfshot/{name}.py')
    assert cfg.train_cfg.max_iters == 20 * num_steps
    (schedule,) = cfg.param_scheduler
    assert (schedule.milestones, schedule.gamma) == ([14 * num_steps], 0.1)
    assert cfg.train_dataloader.dataset.num_supports == num_supports
    tested = cfg.test_dataloader.dataset
    assert tested.get('max_supports', num_supports) == num_supports
    shrink(cfg.model)
    model = MODELS.build(cfg.model)
    inputs = draw_inputs(num_supports, num_frames=cfg.model.num_frames)
    (found,) = model.eval()(inputs, [sample()], mode='predict')
    assert len(found.pred_tracks) == cfg.model.num_slots
    assert len(model.cached_encoder.cache) == num_supports


def test_toy_network_takes_the_shipped_backbone(read):
    cfg = read('selfshot_toyvis_model')
    model = MODELS.build(cfg.model)
    before = model.episode_encoder.backbone.layer3[0].conv1.weight.clone()
    model.init_weights()
    after = model.episode_encoder.backbone.layer3[0].conv1.weight
    shipped = torch.load(  # an own asset
        asset('toy_resnet18_cells.pth'), weights_only=False
    )['state_dict']
    assert not torch.equal(before, after)
    assert torch.equal(after, shipped['layer3.0.conv1.weight'].float())


def asset(name):
    from mmselfshot.assets import asset_path

    return asset_path(name)
