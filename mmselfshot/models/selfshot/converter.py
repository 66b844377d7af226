"""The work of `tools/model_converters/coco_backbone.py`.

Source: Self-Shot VIS (ECCV 2022), Sec. 5: "we initialize our backbone with
the weights pretrained on the COCO dataset"; App. A.3: the last stage is
removed.
Ours: any detector of mmdet or torchvision with a ResNet that takes RGB and
has its stride in the 3x3 convolutions, as ours does.
"""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_from_local, save_converted

_EXAMPLE = """example:
  python tools/model_converters/coco_backbone.py \\
      faster_rcnn_r50_fpn_1x_coco.pth data/pretrained/r50_coco.pth
"""
_PREFIX = re.compile(r'^(?:module\.)*backbone\.(?:body\.)?')
_KEPT = re.compile(r'(conv1|bn1|layer[123]\.\d+)\..*')
_NEEDED = ('conv1.weight', 'bn1.running_var', 'layer3.0.conv2.weight')
_EXPECTED = (
    'expected a detector of mmdet or torchvision with a ResNet, RGB, style '
    "'pytorch', as faster_rcnn_r50_fpn_1x_coco.pth"
)


def convert_detector(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """Take the ResNet to its fourth stage out of a detector.

    Args:
        content: Weights, or a checkpoint with `state_dict` and `meta`.

    Returns:
        Name to tensor, all that `mmdet.ResNet` with `num_stages=3` has.

    Raises:
        UserError: If there is no such backbone in it.
    """
    weights = content.get('state_dict', content.get('model', content))
    if 'caffe' in str(content.get('meta')):
        raise UserError(
            "the backbone has style 'caffe' (BGR, stride in the 1x1 "
            f'convolutions); {_EXPECTED}'
        )
    found: dict[str, Tensor] = {}
    for name, value in weights.items():
        own, is_backbone = _PREFIX.subn('', str(name))
        if is_backbone and _KEPT.fullmatch(own) and isinstance(value, Tensor):
            found[own] = value.clone()
    lacking = [name for name in _NEEDED if name not in found]
    if lacking:
        shown = ', '.join(list(map(str, weights))[:3]) or 'nothing'
        raise UserError(
            f'no weight backbone.{lacking[0]}, the file begins with '
            f'{shown}; {_EXPECTED}'
        )
    for name in [one for one in found if one.endswith('running_var')]:
        counter = name.replace('running_var', 'num_batches_tracked')
        found.setdefault(counter, torch.tensor(0))
    return found


def describe(weights: Mapping[str, Tensor]) -> str:
    """The blocks of each stage, in words."""
    blocks = [
        len({name.split('.')[1] for name in weights if name.startswith(stage)})
        for stage in ('layer1.', 'layer2.', 'layer3.')
    ]
    return f'a ResNet with {", ".join(map(str, blocks))} blocks'


def convert_file(source: str | Path, target: str | Path) -> dict[str, Tensor]:
    """Convert a detector's checkpoint file.

    Args:
        source: Checkpoint of a detector.
        target: File to write.

    Returns:
        The weights written.

    Raises:
        UserError: If the file cannot be read, or see `convert_detector`.
    """
    try:
        weights = convert_detector(load_from_local(source))
    except UserError as error:
        named = str(source) in str(error)
        raise UserError(
            str(error) if named else f'{source}: {error}'
        ) from None
    save_converted(weights, source, target)
    return weights


def main(args: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(
        description='Take the backbone of SelfShotVIS out of a COCO detector.',
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', help="a detector's checkpoint, .pth")
    parser.add_argument('target', help='file to write, .pth')
    options = parser.parse_args(args)
    weights = convert_file(options.source, options.target)
    print(f'read {options.source}: {describe(weights)} to its fourth stage')
    print(f'wrote {len(weights)} weights to {options.target}')
