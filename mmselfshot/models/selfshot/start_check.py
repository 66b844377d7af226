"""Refuse a training whose backbone would start from nothing unnoticed.

Ours. mmengine loads what fits of a pretrained file and warns of the rest; of
a whole detector nothing fits, and the training would go on from random
weights.
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
