"""What ships with the package is what its record says."""

import hashlib
import json

import pytest
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader

from mmselfshot.assets import asset_path
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

NAME = 'toy_resnet18.pth'


@pytest.mark.parametrize(
    ('name', 'least'),
    [
        (NAME, 0.9),
        ('toy_resnet18_named.pth', 0.75),
        ('toy_resnet18_seen.pth', 0.4),
        ('toy_resnet18_cells.pth', 0.5),
    ],
)
def test_weights_are_those_of_the_record(name, least):
    content = asset_path(name).read_bytes()
    record = json.loads(asset_path(name).with_suffix('.json').read_text())
    assert hashlib.sha256(content).hexdigest() == record['sha256']
    assert len(content) == record['bytes'] < 5_000_000
    assert record['accuracy_val'] > least


def test_weights_fill_the_backbone_of_the_config(repo):
    cfg = Config.fromfile(repo / 'configs/minvis/minvis_toyvis.py')
    named = cfg.model.backbone.pop('init_cfg').checkpoint
    assert named == f'mmselfshot://{NAME}'
    weights = CheckpointLoader.load_checkpoint(named)['state_dict']
    backbone = MODELS.build(cfg.model.backbone)
    missing, unexpected = backbone.load_state_dict(weights, strict=False)
    assert missing == unexpected == []


def test_unknown_asset_is_named():
    with pytest.raises(
        UserError, match=r'no shipped file mmselfshot://gone\.pth'
    ):
        asset_path('mmselfshot://gone.pth')
