"""Refuse a training that could not teach what its config names.

Ours. mmengine loads what fits of a pretrained file and warns of the rest; of
a whole detector nothing fits, and the training would go on from random
weights. A fuser that is never given a support learns nothing, and several
processes wait for its gradients in vain.
"""

from collections.abc import Mapping
from typing import Any

from mmselfshot.assets import find_file
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_from_local, weights_of


def check_backbone_file(backbone: Mapping[str, Any]) -> None:
    """Compare the names of the weights in a file with those of a backbone.

    Args:
        backbone: Config; looked at if its `init_cfg` names a file that is
            there. URLs, and files that are missing, are left to the loader.

    Raises:
        UserError: If the file has no weight of the backbone.
    """
    init = backbone.get('init_cfg') or {}
    if not isinstance(init, Mapping) or init.get('type') != 'Pretrained':
        return
    name, prefix = str(init['checkpoint']), init.get('prefix', '')
    is_url = '://' in name and not name.startswith('mmselfshot://')
    if is_url or not find_file(name).is_file():
        return
    held = weights_of(load_from_local(find_file(name)))
    if prefix:
        start = prefix.rstrip('.') + '.'
        held = [
            key.removeprefix(start) for key in held if key.startswith(start)
        ]
    wanted = MODELS.build({**backbone, 'init_cfg': None}).state_dict()
    if not set(held) & set(wanted):
        found = next(iter(held), 'nothing')
        raise UserError(
            f'{name} has no weight of the backbone: found {found}, expected '
            f'such as {next(iter(wanted))}; make the backbone of a detector '
            'with tools/model_converters/coco_backbone.py'
        )


def check_fuser_is_used(cfg: Mapping[str, Any]) -> None:
    """Look whether the episodes of a training have supports to fuse.

    Args:
        cfg: A whole config.

    Raises:
        UserError: If there is a fuser, and no support.
    """
    num_layers = (cfg['model'].get('fuser') or {}).get('num_layers', 3)
    dataset = cfg.get('train_dataloader', {}).get('dataset', {})
    if num_layers and dataset.get('num_supports', 1) == 0:
        raise UserError(
            'train_dataloader.dataset.num_supports=0 with '
            f'model.fuser.num_layers={num_layers}; without supports the '
            'fuser learns nothing, set model.fuser.num_layers=0 too'
        )
