"""A backbone's file that does not fit is refused before training."""

import pytest
import torch
from tiny_selfshot import TINY

from mmselfshot.models.selfshot.selfshot_vis import SelfShotVIS
from mmselfshot.models.selfshot.start_check import check_backbone_file
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@pytest.fixture
def weights():
    return MODELS.build(TINY['backbone']).state_dict()


def backbone_of(path, **more):
    init = dict(type='Pretrained', checkpoint=str(path), **more)
    return {**TINY['backbone'], 'init_cfg': init}


def test_a_whole_detector_is_refused(tmp_path, weights):
    path = tmp_path / 'detector.pth'
    named = {f'backbone.{name}': one for name, one in weights.items()}
    torch.save({'state_dict': named}, path)
    cfg = {'model': {**TINY, 'backbone': backbone_of(path)}}
    with pytest.raises(UserError, match='no weight of the backbone: found'):
        SelfShotVIS.check_start(cfg)
    SelfShotVIS.check_start({**cfg, 'load_from': 'some.pth'})
    check_backbone_file(backbone_of(path, prefix='backbone'))
    with pytest.raises(UserError, match='found nothing, expected'):
        check_backbone_file(backbone_of(path, prefix='neck.'))


def test_what_fits_is_taken(tmp_path, weights):
    path = tmp_path / 'backbone.pth'
    torch.save(weights, path)
    check_backbone_file(backbone_of(path))
    check_backbone_file(backbone_of('torchvision://resnet50'))
    check_backbone_file(backbone_of(tmp_path / 'missing.pth'))
    check_backbone_file(TINY['backbone'])


def test_a_fuser_that_no_support_reaches_is_refused():
    cfg = {'model': TINY, 'train_dataloader': {'dataset': {}}}
    SelfShotVIS.check_start(cfg)
    cfg['train_dataloader']['dataset']['num_supports'] = 0
    message = 'num_supports=0 with model.fuser.num_layers=1'
    with pytest.raises(UserError, match=message):
        SelfShotVIS.check_start(cfg)
    fuser = {**TINY['fuser'], 'num_layers': 0}
    SelfShotVIS.check_start({**cfg, 'model': {**TINY, 'fuser': fuser}})
