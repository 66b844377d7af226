"""The converter of published DINO checkpoints."""

from argparse import Namespace

import pytest
import torch

from mmselfshot.models.backbones import DINOVisionTransformer
from mmselfshot.models.dino.converter import convert_file, main
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_weights

SIZES = dict(embed_dims=12, depth=2, num_heads=3, patch_size=8, img_size=32)


def network():
    model = DINOVisionTransformer(**SIZES)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model


def under(prefix, weights):
    return {prefix + name: value for name, value in weights.items()}


def training_checkpoint(student, teacher):
    """What DINO's training saves: wrapped, with heads and its options."""
    head = {'head.mlp.0.weight': torch.zeros(4, 12)}
    return dict(
        student=under(
            'module.',
            {**under('backbone.', student.state_dict()), **head},
        ),
        teacher={**under('backbone.', teacher.state_dict()), **head},
        optimizer=dict(state={}, param_groups=[dict(lr=0.1)]),
        epoch=3,
        args=Namespace(arch='vit_small', patch_size=8),
        fp16_scaler=None,
        dino_loss=dict(center=torch.zeros(1, 4)),
    )


def converted(content, tmp_path, **options):
    torch.save(content, tmp_path / 'official.pth')
    convert_file(tmp_path / 'official.pth', tmp_path / 'ours.pth', **options)
    model = DINOVisionTransformer(**SIZES)
    load_weights(model, tmp_path / 'ours.pth')
    return model.state_dict()


def test_backbone_only_file_keeps_every_weight(tmp_path):
    model = network()
    found = converted(model.state_dict(), tmp_path)
    for name, value in model.state_dict().items():
        assert torch.equal(found[name], value), name


@pytest.mark.parametrize('part', ['teacher', 'student'])
def test_training_checkpoint_gives_the_wanted_part(part, tmp_path):
    both = dict(student=network(), teacher=network())
    found = converted(training_checkpoint(**both), tmp_path, part=part)
    for name, value in both[part].state_dict().items():
        assert torch.equal(found[name], value), name


def test_resnet_loses_its_classifier(tmp_path):
    names = ('conv1.weight', 'bn1.weight', 'layer4.0.conv1.weight')
    weights = {name: torch.ones(2) for name in names}
    torch.save({**weights, 'fc.weight': torch.ones(2)}, tmp_path / 'a.pth')
    found = convert_file(tmp_path / 'a.pth', tmp_path / 'b.pth')
    assert sorted(found) == sorted(names)


def test_tool_says_what_it_read(tmp_path, capsys):
    torch.save(network().state_dict(), tmp_path / 'a.pth')
    main([str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')])
    read, wrote = capsys.readouterr().out.splitlines()
    assert read.endswith('embed_dims=12, depth=2, patch_size=8')
    # 4 of the embeddings, 12 of each of 2 blocks, 2 of the norm
    assert wrote == f'wrote 30 weights to {tmp_path / "b.pth"}'


@pytest.mark.parametrize(
    'content',
    [
        {'backbone.res2.weight': torch.zeros(2)},
        {'teacher': {'head.mlp.0.weight': torch.zeros(2)}},
        {'epoch': 3},
    ],
)
def test_file_of_another_model_is_refused(content, tmp_path):
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(UserError, match=r'a\.pth: no backbone of DINO'):
        convert_file(tmp_path / 'a.pth', tmp_path / 'b.pth')
    assert not (tmp_path / 'b.pth').exists()


def test_file_that_runs_code_is_refused(tmp_path):
    torch.save({'cls_token': slice, 'args': print}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match='wants to run'):
        convert_file(tmp_path / 'a.pth', tmp_path / 'b.pth')
