"""The small CLIP is trained, goes on after a kill, and is published."""

import json

import pytest
import torch
from mmengine.config import Config
from tiny_clip import RESNET, TEXT

from mmselfshot.apis.toy_clip import train_toy_clip
from mmselfshot.labelling import CLIPNamer
from mmselfshot.models.backbones import OpenCLIP

STAGES = 'clip_stills.py', 'clip_stills_kinds.py', 'clip_stills_boxes.py'


@pytest.fixture(scope='module')
def small_configs(repo, tmp_path_factory):
    """All stages, one epoch each of a smaller model."""
    folder, paths = tmp_path_factory.mktemp('config'), []
    for name in STAGES:
        cfg = Config.fromfile(repo / 'configs/toyvis' / name)
        cfg.model.clip.model_config = dict(
            embed_dim=16, vision_cfg=RESNET, text_cfg={**TEXT, 'width': 8}
        )
        cfg.train_dataloader.batch_size = 8
        cfg.train_cfg.max_epochs = 1
        cfg.train_cfg.val_interval = 1
        paths.append(folder / name)
        cfg.dump(paths[-1])
    return paths


def test_record_and_weights_rebuild_the_model(small_configs, tmp_path):
    out = tmp_path / 'toy_clip.pth'
    places = tmp_path / 'data', tmp_path / 'work'
    assert not places[1].exists()
    record = train_toy_clip(small_configs, out, *places, 20, 2, num_workers=1)
    assert json.loads(out.with_suffix('.json').read_text()) == record
    assert record['bytes'] == out.stat().st_size
    assert record['configs'] == list(STAGES)
    assert record['num_val'] == 2 and record['num_boxes']['box'] > 10
    regions = {'box', 'square', 'attention', 'box_visible'}
    assert set(record['accuracy_boxes']) == regions

    description = str(out.with_suffix('.json'))
    clip = OpenCLIP(pretrained=str(out), model_config=description)
    assert clip.mean.flatten().tolist() == pytest.approx(
        [0.48145, 0.45783, 0.40821], abs=1e-5
    )
    assert CLIPNamer(clip, ('star', 'ring')).class_features().shape == (2, 16)

    again = train_toy_clip(small_configs, out, *places, 20, 2, num_workers=1)
    assert again['is_resumed'] and not record['is_resumed']
    weights = torch.load(out, weights_only=True)['state_dict']
    for name, value in clip.clip.state_dict().items():
        torch.testing.assert_close(
            weights[name].to(value.dtype), value, atol=1e-6, rtol=0
        )
