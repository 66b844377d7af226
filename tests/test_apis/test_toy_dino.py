"""Training of the small DINO, and what its assets say of themselves."""

import hashlib
import json

import pytest
import torch
from mmengine.config import Config

from mmselfshot.apis.toy_dino import probe, train_toy_dino
from mmselfshot.assets import asset_path
from mmselfshot.registry import MODELS
from mmselfshot.utils.checkpoint import load_weights

ASSETS = {
    'toy_dino_vit.pth': 'dino_vit_stills.py',
}


def shipped(repo, name):
    """The backbone of the config with the shipped weights, its record."""
    cfg = Config.fromfile(repo / 'configs/toyvis' / ASSETS[name])
    backbone = MODELS.build(cfg.model.backbone)
    load_weights(backbone, asset_path(name))
    return backbone, json.loads(
        asset_path(name).with_suffix('.json').read_text()
    )


@pytest.mark.parametrize('name', ASSETS)
def test_weights_are_those_of_the_record(name, repo):
    backbone, record = shipped(repo, name)
    content = asset_path(name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == record['sha256']
    assert len(content) == record['bytes'] < 4_000_000
    assert record['config'] == ASSETS[name]
    weights = sum(value.numel() for value in backbone.state_dict().values())
    assert weights == record['num_weights']
    asked = record['neighbours']
    told = 'background'  # what a whole picture is described by
    assert asked['accuracy'][told] > 2 * asked['chance'][told]


@pytest.mark.slow
@pytest.mark.parametrize('name', ASSETS)
def test_neighbours_tell_what_the_record_says(name, repo):
    backbone, record = shipped(repo, name)
    found = probe(backbone)
    for attribute, accuracy in record['neighbours']['accuracy'].items():
        assert found['accuracy'][attribute] == pytest.approx(
            accuracy, abs=0.01
        )


def test_tiny_training_goes_on_and_publishes(tmp_path, repo, monkeypatch):
    """Two epochs, then two more of a run that stopped after them."""
    cfg = Config.fromfile(repo / 'configs/toyvis/dino_vit_stills.py')
    cfg.model.backbone.update(embed_dims=6, depth=1)
    cfg.model.num_channels = (6, 6)
    cfg.train_dataloader.batch_size = 2
    cfg.train_cfg.max_epochs = 2
    cfg.dump(tmp_path / 'tiny.py')
    monkeypatch.setattr(
        'mmselfshot.apis.toy_dino.probe', lambda backbone: {'accuracy': {}}
    )
    places = [tmp_path / 'tiny.pth', tmp_path / 'stills', tmp_path / 'work']
    first = train_toy_dino(tmp_path / 'tiny.py', *places, num_stills=4)
    assert not first['is_resumed']
    cfg.train_cfg.max_epochs = 3
    cfg.dump(tmp_path / 'tiny.py')
    second = train_toy_dino(tmp_path / 'tiny.py', *places, num_stills=4)
    assert second['is_resumed']
    assert second['sha256'] != first['sha256']
    state = torch.load(places[0], weights_only=True)['state_dict']
    assert state['pos_embed'].dtype == torch.float16
    assert state['pos_embed'].shape == (1, 145, 6)
