"""The converter of COCO detectors' backbones."""

import pytest
import torch

from mmselfshot.models.selfshot.converter import (
    convert_detector,
    convert_file,
    main,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_from_local

RESNET = dict(type='mmdet.ResNet', depth=50, base_channels=4)
OURS = RESNET | dict(
    num_stages=3,
    strides=(1, 2, 2),
    dilations=(1, 1, 2),
    out_indices=(0, 1, 2),
)


def backbone(seed=1):
    torch.manual_seed(seed)
    model = MODELS.build(RESNET)
    for buffer in model.buffers():
        if buffer.is_floating_point():
            torch.nn.init.uniform_(buffer, 0.5, 1.5)
    return model


def detector(prefix, model):
    """Weights of a detector; its other parts are one number."""
    weights = {
        prefix + name: value for name, value in model.state_dict().items()
    }
    return weights | {'neck.lateral.weight': torch.zeros(1)}


@pytest.mark.parametrize('prefix', ['backbone.', 'backbone.body.'])
@pytest.mark.parametrize('has_counters', [True, False])
def test_all_stages_but_the_last_arrive(prefix, has_counters, tmp_path):
    """mmdet's and torchvision's names; the latter has no counters."""
    source = backbone()
    content = {
        name: value
        for name, value in detector(prefix, source).items()
        if has_counters or 'num_batches_tracked' not in name
    }
    path = tmp_path / 'detector.pth'
    torch.save(dict(state_dict=content, meta={}), path)
    convert_file(path, tmp_path / 'ours.pth')
    ours = MODELS.build(OURS)
    found = load_from_local(str(tmp_path / 'ours.pth'))['state_dict']
    ours.load_state_dict(found, strict=True)
    wanted = source.state_dict()
    for name, value in ours.state_dict().items():
        assert torch.equal(value, wanted[name]), name


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ({}, 'begins with nothing'),
        ({'backbone.bottom_up.stem.conv1.weight': 1}, 'conv1.weight'),
        ({'meta': {'cfg': "style='caffe'"}, 'state_dict': {}}, 'caffe'),
    ],
)
def test_other_files_are_refused(content, words):
    with pytest.raises(UserError, match=words):
        convert_detector(content)


def test_tool_says_what_it_read_and_wrote(tmp_path, capsys):
    path, target = tmp_path / 'detector.pth', tmp_path / 'ours.pth'
    torch.save(detector('backbone.', backbone()), path)
    main([str(path), str(target)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(
        'a ResNet with 3, 4, 6 blocks to its fourth stage'
    )
    assert lines[1].endswith(f'weights to {target}')
    assert target.is_file()
