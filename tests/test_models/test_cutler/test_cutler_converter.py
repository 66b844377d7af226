"""The converter's refusals; what it converts is in test_parity."""

import json

import pytest
import torch

from mmselfshot.models.cutler.converter import main
from mmselfshot.models.cutler.official_keys import (
    convert_official,
    official_names,
    our_key,
)
from mmselfshot.utils import UserError


def weights(num_classes=1):
    found = {name: torch.zeros(1) for name in official_names()}
    for name in found:
        if 'cls_score' in name:
            found[name] = torch.zeros(num_classes + 1, 4)
    return found


def test_names_by_hand():
    assert our_key('backbone.fpn_output5.norm.bias') == (
        'neck.fpn_convs.3.bn.bias'
    )
    assert our_key('backbone.bottom_up.res3.0.shortcut.norm.weight') == (
        'backbone.layer2.0.downsample.1.weight'
    )
    assert our_key('roi_heads.box_predictor.2.bbox_pred.bias') == (
        'roi_head.bbox_head.2.fc_reg.bias'
    )
    assert our_key('roi_heads.box_head.fc1.weight') is None


def test_every_name_has_its_own_place():
    names = list(official_names())
    assert len(names) == 408
    assert len({our_key(name) for name in names} - {None}) == 408


def test_counters_may_be_missing():
    some = weights()
    plain = {k: v for k, v in some.items() if 'num_batches' not in k}
    assert sorted(convert_official(plain)) == sorted(convert_official(some))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda w: w.update({'roi_heads.box_head.fc1.weight': 0}), 'not one'),
        (
            lambda w: w.pop('roi_heads.mask_head.deconv.bias'),
            "1 weights of CutLER are missing, the first is 'roi_heads.mask",
        ),
    ],
)
def test_other_models_are_refused(change, message):
    found = weights()
    change(found)
    with pytest.raises(UserError, match=message):
        convert_official(found)


def test_detector_of_many_classes_is_refused():
    with pytest.raises(UserError, match='80 classes'):
        convert_official(weights(80))


def test_tool_names_the_file(tmp_path, capsys):
    source, target = tmp_path / 'official.pth', tmp_path / 'ours.pth'
    torch.save(dict(model=weights(), iteration=7), source)
    main([str(source), str(target)])
    assert '408 weights' in capsys.readouterr().out
    saved = torch.load(target, weights_only=True)
    assert saved['meta']['converted_from'] == 'official.pth'
    torch.save(dict(model=weights(80)), source)
    for wrong in (source, tmp_path / 'none.pth'):
        with pytest.raises(UserError, match=wrong.name):
            main([str(wrong), str(target)])
    source.write_text(json.dumps(1))
    with pytest.raises(UserError, match=r'official\.pth'):
        main([str(source), str(target)])
