"""Checkpoints are read without running what they carry."""

import os
import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

import mmselfshot.registry  # noqa: F401  (applies compat)
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import (
    check_weights,
    load_from_local,
    load_weights,
    weights_of,
)


class RunsCode:
    """Unpickling an instance would run a command."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f'touch {self.mark}',)


class ReachesIn:
    """Unpickling an instance would look up an attribute of a class."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def training_checkpoint():
    """What mmengine's runner writes besides the weights."""
    return {
        'meta': {'iter': 3, 'seed': np.int64(7)},
        'state_dict': nn.Linear(2, 3).state_dict(),
        'message_hub': {
            'log_scalars': {'loss': HistoryBuffer([1.0, 2.5], [1, 1])},
            'runtime_info': {
                'best_score': np.float64(0.5),
                'lr': np.float32(1e-3),
                'palette': np.arange(6, dtype=np.uint8).reshape(2, 3),
            },
        },
    }


def test_training_checkpoint_comes_back_whole(tmp_path):
    torch.save(training_checkpoint(), tmp_path / 'iter_3.pth')
    loaded = CheckpointLoader.load_checkpoint(str(tmp_path / 'iter_3.pth'))
    assert loaded['meta'] == {'iter': 3, 'seed': 7}
    log = loaded['message_hub']['log_scalars']['loss']
    assert isinstance(log, HistoryBuffer)
    assert log.data[0].tolist() == [1.0, 2.5]
    assert log.statistics('mean', 2) == 1.75
    info = loaded['message_hub']['runtime_info']
    assert info['palette'].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert info['best_score'] == 0.5


def test_code_in_a_pickle_is_refused_and_not_run(tmp_path):
    path, mark = tmp_path / 'evil.pth', tmp_path / 'mark'
    torch.save({'state_dict': {}, 'x': RunsCode(mark)}, path)
    with pytest.raises(UserError, match=r'wants to run (posix|os|nt).system'):
        load_from_local(path)
    assert not mark.exists()


def test_plain_pickle_with_code_is_refused(tmp_path):
    path, mark = tmp_path / 'evil.pkl', tmp_path / 'mark'
    path.write_bytes(pickle.dumps(RunsCode(mark), protocol=2))
    with pytest.raises(UserError, match=r'evil\.pkl'):
        load_from_local(path)
    assert not mark.exists()


def test_getattr_reaches_only_the_statistics(tmp_path):
    path = tmp_path / 'reach.pth'
    torch.save({'x': ReachesIn()}, path)
    with pytest.raises(UserError, match=r'wants to run builtins\.getattr'):
        load_from_local(path)


@pytest.mark.parametrize('kept', [0.0, 0.3, 0.9])
def test_cut_file_is_named(tmp_path, kept):
    whole = tmp_path / 'whole.pth'
    torch.save(training_checkpoint(), whole)
    content = whole.read_bytes()
    cut = tmp_path / 'cut.pth'
    cut.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(UserError, match=r'cut\.pth is no complete') as caught:
        load_from_local(cut)
    reason = str(caught.value).split('(')[1].split(')')[0]
    assert any(one.isalpha() for one in reason)


def test_text_file_is_no_checkpoint(tmp_path):
    path = tmp_path / 'notes.pth'
    path.write_text('these are notes, not weights\n')
    with pytest.raises(UserError, match='no complete checkpoint') as caught:
        load_from_local(path)
    assert '\n' not in str(caught.value)


def test_file_that_holds_a_list_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / 'list.pth')
    with pytest.raises(UserError, match='holds a list'):
        load_from_local(tmp_path / 'list.pth')


def test_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match=r'tools/train\.py'):
        load_from_local(tmp_path / 'none.pth')
    with pytest.raises(UserError, match=r'tools/model_converters/minvis\.py'):
        load_from_local(tmp_path / 'pretrained' / 'none.pth')
    for name, advice in (
        ('cutler_r50.pth', r'tools/model_converters/cutler\.py'),
        ('dino_vitb8.pth', r'tools/model_converters/dino\.py'),
        ('r50_coco.pth', r'tools/model_converters/coco_backbone\.py'),
        ('mask2former_r50_coco.pth', r'tools/model_converters/minvis\.py'),
        ('dino_resnet50_pretrain.pth', 'put the official file there'),
    ):
        with pytest.raises(UserError, match=advice):
            load_from_local(tmp_path / 'pretrained' / name)


def test_weights_are_found_under_their_usual_keys():
    weight = torch.ones(1)
    for wrapped in ({'state_dict': {'module.a': weight}}, {'model': {}}):
        found = weights_of(wrapped)
        assert set(found) <= {'a'}
    assert set(weights_of({'a': weight, 'epoch': 3})) == {'a'}


def test_weights_of_the_model_are_filled(tmp_path):
    source, target = nn.Linear(2, 3), nn.Linear(2, 3)
    torch.save(
        {'state_dict': source.state_dict(), 'meta': {'iter': 4}},
        tmp_path / 'w.pth',
    )
    assert load_weights(target, tmp_path / 'w.pth') == {'iter': 4}
    assert torch.equal(source.weight, target.weight)


def test_checkpoint_of_another_model_is_refused_untouched(tmp_path):
    target = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    before = {k: v.clone() for k, v in target.state_dict().items()}
    other = {'backbone.w': torch.ones(1), 'head.w': torch.ones(1)}
    torch.save({'state_dict': other}, tmp_path / 'w.pth')
    with pytest.raises(UserError, match='another model: 0 of its 2 weights'):
        load_weights(target, tmp_path / 'w.pth')
    for key, value in target.state_dict().items():
        assert torch.equal(value, before[key])


def test_missing_and_misshapen_weights_are_named():
    target = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    weights = target.state_dict()
    del weights['0.bias']
    weights['1.weight'] = torch.ones(4, 3)
    message = (
        r'2 weights .*\(0\.bias missing, '
        r'1\.weight is \(4, 3\), expected \(1, 3\)\)'
    )
    with pytest.raises(UserError, match=message):
        check_weights(target, weights, 'w.pth')
    check_weights(target, weights, 'w.pth', is_complete=False)
