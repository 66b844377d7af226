"""The converter of published checkpoints."""

import json
import pickle
import subprocess
import sys
from collections import OrderedDict
from functools import partial
from unittest import mock

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmselfshot.models.minvis.converter import convert_file, main
from mmselfshot.models.minvis.official_keys import (
    _merged_in_our_order,
    convert_official,
    our_key,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

HEAD = 'sem_seg_head.predictor.class_embed'


def few_weights(num_classes=80):
    rng = np.random.default_rng(0)
    return {
        'backbone.stem.conv1.weight': rng.random((8, 3, 7, 7), np.float32),
        'backbone.stem.conv1.norm.running_var': np.ones(8, np.float32),
        'backbone.res2.0.shortcut.norm.bias': np.ones(8, np.float32),
        'sem_seg_head.predictor.query_feat.weight': rng.random((5, 4)),
        f'{HEAD}.weight': rng.random((num_classes + 1, 4)),
        f'{HEAD}.bias': rng.random(num_classes + 1),
        'criterion.empty_weight': np.ones(num_classes + 1),
    }


def write_pickle(path, weights, protocol=4):
    content = {'model': weights, '__author__': 'third party'}
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


def sized_model(repo, network, shapes):
    """The config's model at the sizes of a key list, without memory."""
    name = 'minvis_r50.py' if network == 'r50' else 'minvis_swin-l.py'
    cfg = Config.fromfile(repo / 'configs/minvis/_base_' / name).model
    if network != 'r50':
        table = 'attn.relative_position_bias_table'
        blocks = [
            [
                shape
                for key, shape in shapes.items()
                if key.startswith(f'backbone.layers.{stage}.')
                and key.endswith(table)
            ]
            for stage in range(4)
        ]
        width = shapes['backbone.patch_embed.proj.weight'][0]
        cfg.backbone.embed_dims = width
        cfg.backbone.depths = [len(tables) for tables in blocks]
        cfg.backbone.num_heads = [tables[0][1] for tables in blocks]
        cfg.backbone.window_size = (int(blocks[0][0][0] ** 0.5) + 1) // 2
        cfg.head.in_channels = [width * 2**stage for stage in range(4)]
    queries, classes = (
        shapes[f'sem_seg_head.predictor.{key}.weight'][0]
        for key in ('query_feat', 'class_embed')
    )
    cfg.head.num_queries, cfg.head.num_classes = queries, classes - 1
    # Swin reads its drop-path rates off a tensor, which must hold numbers
    on_cpu = partial(torch.linspace, device='cpu')
    with mock.patch('torch.linspace', on_cpu), torch.device('meta'):
        return MODELS.build(cfg)


def test_every_published_name_has_its_place(parity_dir, repo):
    paths = sorted((parity_dir / 'minvis').glob('keys_*.json'))
    assert paths
    for path in paths:
        shapes = json.loads(path.read_text())
        network = path.stem.removeprefix('keys_')
        weights = {
            key: torch.empty(shape, device='meta')
            for key, shape in shapes.items()
        }
        ours = convert_official(weights)
        expected = sized_model(repo, network, shapes).state_dict()
        assert {key: tuple(value.shape) for key, value in ours.items()} == {
            key: tuple(value.shape) for key, value in expected.items()
        }, network


def test_merged_pixels_by_hand():
    """Theirs 00 10 01 11 of one channel are ours 00 01 10 11."""
    theirs = torch.tensor([[0.0, 10.0, 1.0, 11.0]])
    assert _merged_in_our_order(theirs).tolist() == [[0.0, 1.0, 10.0, 11.0]]
    two_channels = torch.tensor([0.0, 100, 10, 110, 1, 101, 11, 111])
    assert _merged_in_our_order(two_channels).tolist() == [
        *(0.0, 1.0, 10.0, 11.0),
        *(100.0, 101.0, 110.0, 111.0),
    ]


@pytest.mark.parametrize(
    ('official', 'ours'),
    [
        ('backbone.stem.conv1.norm.bias', 'backbone.bn1.bias'),
        (
            'backbone.res5.2.conv3.norm.running_mean',
            'backbone.layer4.2.bn3.running_mean',
        ),
        (
            'backbone.res2.0.shortcut.weight',
            'backbone.layer1.0.downsample.0.weight',
        ),
        (
            'sem_seg_head.pixel_decoder.transformer.level_embed',
            'head.pixel_decoder.level_encoding.weight',
        ),
        (
            'sem_seg_head.predictor.transformer_ffn_layers.8.linear2.bias',
            'head.transformer_decoder.layers.8.ffn.layers.1.bias',
        ),
        ('roi_heads.box_head.fc1.weight', None),
    ],
)
def test_names_by_hand(official, ours):
    assert our_key(official) == ours


@pytest.mark.parametrize('protocol', [2, 4])
def test_pickle_of_coco_loses_its_class_layer(tmp_path, capsys, protocol):
    weights = few_weights()
    source = write_pickle(tmp_path / 'coco.pkl', weights, protocol)
    target = tmp_path / 'out' / 'coco.pth'
    main([str(source), str(target)])
    assert '80 classes' in capsys.readouterr().out
    checkpoint = torch.load(target, weights_only=True)
    state = checkpoint['state_dict']
    assert set(state) == {
        'backbone.conv1.weight',
        'backbone.bn1.running_var',
        'backbone.bn1.num_batches_tracked',
        'backbone.layer1.0.downsample.1.bias',
        'head.query_feat.weight',
    }
    conv = weights['backbone.stem.conv1.weight']
    assert (state['backbone.conv1.weight'].numpy() == conv).all()


def test_minvis_keeps_its_class_layer_unless_told(tmp_path):
    weights = {k: torch.tensor(v) for k, v in few_weights(40).items()}
    source, target = tmp_path / 'minvis.pth', tmp_path / 'ours.pth'
    torch.save({'model': OrderedDict(weights), 'iteration': 5}, source)
    assert convert_file(source, target) == (7, None)
    state = torch.load(target, weights_only=True)['state_dict']
    assert state['head.cls_embed.weight'].shape == (41, 4)
    assert convert_file(source, target, drop_class_head=True) == (5, 40)


class _Harmful:
    def __reduce__(self):
        return (print, ('the pickle ran code',))


@pytest.mark.parametrize('suffix', ['.pkl', '.pth'])
def test_code_in_a_file_is_refused_and_not_run(tmp_path, capsys, suffix):
    source = tmp_path / f'harmful{suffix}'
    content = {'model': {**few_weights(), 'x': _Harmful()}}
    if suffix == '.pkl':
        source.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, source)
    with pytest.raises(UserError, match=r'wants to run (\w+\.)?print'):
        convert_file(source, tmp_path / 'ours.pth')
    assert 'ran code' not in capsys.readouterr().out
    assert not (tmp_path / 'ours.pth').exists()


def test_other_files_are_refused_in_one_line(tmp_path):
    target = tmp_path / 'ours.pth'
    with pytest.raises(UserError, match='no file'):
        convert_file(tmp_path / 'absent.pkl', target)
    cut = write_pickle(tmp_path / 'cut.pkl', few_weights())
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(UserError, match='no complete pickle'):
        convert_file(cut, target)
    text = tmp_path / 'text.pkl'
    text.write_text('not a pickle')
    with pytest.raises(UserError, match='no complete pickle'):
        convert_file(text, target)
    other = {**few_weights(), 'roi_heads.mask_head.weight': np.ones(3)}
    with pytest.raises(UserError, match=r'roi_heads\.mask_head\.weight'):
        convert_file(write_pickle(tmp_path / 'other.pkl', other), target)
    no_query = {'backbone.stem.conv1.weight': np.ones((8, 3, 7, 7))}
    with pytest.raises(UserError, match='no query'):
        convert_file(write_pickle(tmp_path / 'half.pkl', no_query), target)
    assert not target.exists()


def test_tool_runs_as_a_user_starts_it(tmp_path, repo):
    write_pickle(tmp_path / 'coco.pkl', few_weights())
    tool = repo / 'tools/model_converters/minvis.py'
    command = [sys.executable, str(tool), 'coco.pkl', 'ours.pth']
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        'read coco.pkl',
        'left out the class layer of 80 classes',
        'wrote 5 weights to ours.pth',
    ]
    assert (tmp_path / 'ours.pth').is_file()
