"""The work of `tools/model_converters/dino.py`."""

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
  python tools/model_converters/dino.py dino_vitbase8_pretrain.pth \\
      data/pretrained/dino_vitb8.pth
"""
_PREFIXES = re.compile(r'^(module\.)*(backbone\.)?')
_HEADS = ('head.', 'fc.')  # the projection head; a classifier of ImageNet
_MARKS = {
    'vision transformer': (
        'cls_token',
        'pos_embed',
        'patch_embed.proj.weight',
        'blocks.0.attn.qkv.weight',
        'norm.weight',
    ),
    'ResNet': ('conv1.weight', 'bn1.weight', 'layer4.0.conv1.weight'),
}


def convert_official(
    content: Mapping[str, Any], part: str = 'teacher'
) -> dict[str, Tensor]:
    """Take the backbone out of what a published file holds.

    Args:
        content: Weights of a backbone, or a training's checkpoint with
            `student` and `teacher`, under `module.` and `backbone.`.
        part: 'teacher' or 'student', of a training's checkpoint.

    Returns:
        Name to tensor, as `DINOVisionTransformer` or `mmdet.ResNet` wants.

    Raises:
        UserError: If there is no backbone of DINO in it.
    """
    if isinstance(content.get(part), Mapping):
        content = content[part]
    elif isinstance(content.get('state_dict'), Mapping):
        content = content['state_dict']
    weights = {
        _PREFIXES.sub('', str(name)): value
        for name, value in content.items()
        if isinstance(value, Tensor)
    }
    weights = {
        name: value
        for name, value in weights.items()
        if not name.startswith(_HEADS)
    }
    if not any(all(m in weights for m in marks) for marks in _MARKS.values()):
        shown = ', '.join(list(map(str, content))[:3]) or 'nothing'
        raise UserError(
            f'no backbone of DINO, found {len(weights)} weights ({shown}); '
            'expected a ViT or a ResNet, as dino_deitsmall8_pretrain.pth or '
            'a checkpoint with student and teacher'
        )
    return weights


def describe(weights: Mapping[str, Tensor]) -> str:
    """Sizes of converted weights, in the words of the config."""
    if 'cls_token' not in weights:
        return 'a ResNet'
    depth = 1 + max(
        int(name.split('.')[1])
        for name in weights
        if name.startswith('blocks.')
    )
    dims, _, patch, _ = weights['patch_embed.proj.weight'].shape
    return f'embed_dims={dims}, depth={depth}, patch_size={patch}'


def convert_file(
    source: str | Path, target: str | Path, part: str = 'teacher'
) -> dict[str, Tensor]:
    """Convert a published checkpoint file.

    Args:
        source: Official DINO file, a backbone's or a training's.
        target: File to write.
        part: See `convert_official`.

    Returns:
        The weights written.

    Raises:
        UserError: If the file cannot be read, or is of another model.
    """
    # a training's checkpoint carries its options, plain data
    with torch.serialization.safe_globals([argparse.Namespace]):
        content = load_from_local(source)
    try:
        weights = convert_official(content, part)
    except UserError as error:
        raise UserError(f'{source}: {error}') from None
    save_converted(weights, source, target)
    return weights


def main(args: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(
        description='Convert an official checkpoint of DINO.',
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', help='official file, .pth')
    parser.add_argument('target', help='file to write, .pth')
    parser.add_argument(
        '--part',
        choices=['teacher', 'student'],
        default='teacher',
        help="which network of a training's checkpoint (teacher)",
    )
    options = parser.parse_args(args)
    weights = convert_file(options.source, options.target, options.part)
    print(f'read {options.source}: {describe(weights)}')
    print(f'wrote {len(weights)} weights to {options.target}')
