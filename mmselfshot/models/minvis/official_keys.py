"""From the names of the published Mask2Former and MinVIS weights to ours.

The published weights are those of a detectron2 model; ours are mmdet's
blocks, `backbone` and `head`. Only names change, and in Swin's patch merging
the order of the four merged pixels.
"""

import re
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mmselfshot.utils import UserError

_RESNET = (
    (r'stem\.conv1\.norm\.(\w+)', r'bn1.\1'),
    (r'stem\.conv1\.weight', r'conv1.weight'),
    (
        r'res(\d)\.(\d+)\.shortcut\.norm\.(\w+)',
        r'layer<\1>.\2.downsample.1.\3',
    ),
    (r'res(\d)\.(\d+)\.shortcut\.weight', r'layer<\1>.\2.downsample.0.weight'),
    (r'res(\d)\.(\d+)\.conv(\d)\.norm\.(\w+)', r'layer<\1>.\2.bn\3.\4'),
    (r'res(\d)\.(\d+)\.conv(\d)\.weight', r'layer<\1>.\2.conv\3.weight'),
)
_SWIN = (
    (r'patch_embed\.proj\.(\w+)', r'patch_embed.projection.\1'),
    (r'(patch_embed\.norm\.\w+|norm\d\.\w+)', r'\1'),
    (r'layers\.(\d+\.blocks\.\d+\.norm\d\.\w+)', r'stages.\1'),
    (r'layers\.(\d+\.blocks\.\d+)\.attn\.(.+)', r'stages.\1.attn.w_msa.\2'),
    (
        r'layers\.(\d+\.blocks\.\d+)\.mlp\.fc1\.(\w+)',
        r'stages.\1.ffn.layers.0.0.\2',
    ),
    (
        r'layers\.(\d+\.blocks\.\d+)\.mlp\.fc2\.(\w+)',
        r'stages.\1.ffn.layers.1.\2',
    ),
    (r'layers\.(\d+\.downsample\.(?:reduction|norm)\.\w+)', r'stages.\1'),
)
_LAYER = r'transformer\.encoder\.layers\.(\d+)'
_PIXEL_DECODER = (
    (r'input_proj\.(\d)\.0\.(\w+)', r'input_convs.\1.conv.\2'),
    (r'input_proj\.(\d)\.1\.(\w+)', r'input_convs.\1.gn.\2'),
    (r'transformer\.level_embed', r'level_encoding.weight'),
    (_LAYER + r'\.self_attn\.(.+)', r'encoder.layers.\1.self_attn.\2'),
    (_LAYER + r'\.norm1\.(\w+)', r'encoder.layers.\1.norms.0.\2'),
    (_LAYER + r'\.norm2\.(\w+)', r'encoder.layers.\1.norms.1.\2'),
    (_LAYER + r'\.linear1\.(\w+)', r'encoder.layers.\1.ffn.layers.0.0.\2'),
    (_LAYER + r'\.linear2\.(\w+)', r'encoder.layers.\1.ffn.layers.1.\2'),
    (r'adapter_1\.norm\.(\w+)', r'lateral_convs.0.gn.\1'),
    (r'adapter_1\.(\w+)', r'lateral_convs.0.conv.\1'),
    (r'layer_1\.norm\.(\w+)', r'output_convs.0.gn.\1'),
    (r'layer_1\.(\w+)', r'output_convs.0.conv.\1'),
    (r'mask_features\.(\w+)', r'mask_feature.\1'),
)
_OURS = r'transformer_decoder.layers.\1.'
_CROSS = r'transformer_cross_attention_layers\.(\d+)\.'
_SELF = r'transformer_self_attention_layers\.(\d+)\.'
_FFN = r'transformer_ffn_layers\.(\d+)\.'
_PREDICTOR = (
    (_CROSS + r'multihead_attn\.(.+)', _OURS + r'cross_attn.attn.\2'),
    (_CROSS + r'norm\.(\w+)', _OURS + r'norms.0.\2'),
    (_SELF + r'self_attn\.(.+)', _OURS + r'self_attn.attn.\2'),
    (_SELF + r'norm\.(\w+)', _OURS + r'norms.1.\2'),
    (_FFN + r'linear1\.(\w+)', _OURS + r'ffn.layers.0.0.\2'),
    (_FFN + r'linear2\.(\w+)', _OURS + r'ffn.layers.1.\2'),
    (_FFN + r'norm\.(\w+)', _OURS + r'norms.2.\2'),
    (r'decoder_norm\.(\w+)', r'transformer_decoder.post_norm.\1'),
    (r'(query_feat|query_embed|level_embed)\.weight', r'\1.weight'),
    (r'class_embed\.(\w+)', r'cls_embed.\1'),
    (r'mask_embed\.layers\.0\.(\w+)', r'mask_embed.0.\1'),
    (r'mask_embed\.layers\.1\.(\w+)', r'mask_embed.2.\1'),
    (r'mask_embed\.layers\.2\.(\w+)', r'mask_embed.4.\1'),
)
_ROOMS = (
    ('sem_seg_head.pixel_decoder.', 'head.pixel_decoder.', _PIXEL_DECODER),
    ('sem_seg_head.predictor.', 'head.', _PREDICTOR),
    ('backbone.', 'backbone.', _RESNET + _SWIN),
)
# Constants of the published model that ours makes itself.
_CONSTANTS = {'criterion.empty_weight', 'pixel_mean', 'pixel_std'}
CLASS_HEAD = ('head.cls_embed.weight', 'head.cls_embed.bias')
NUM_COCO_CLASSES = 80


def our_key(official: str) -> str | None:
    """Our name of a published weight, None if it has none."""
    for theirs, ours, rules in _ROOMS:
        if not official.startswith(theirs):
            continue
        rest = official[len(theirs) :]
        for pattern, replacement in rules:
            match = re.fullmatch(pattern, rest)
            if match:
                key = ours + match.expand(replacement)
                return re.sub(
                    r'layer<(\d)>', lambda m: f'layer{int(m[1]) - 1}', key
                )
    return None


def _merged_in_our_order(weight: Tensor) -> Tensor:
    """Re-order the input of Swin's patch merging, `(..., 4 * C)`.

    Theirs are the pixels (0, 0), (1, 0), (0, 1), (1, 1), each with all its
    channels; ours are, of every channel, (0, 0), (0, 1), (1, 0), (1, 1).
    """
    pixels = weight.unflatten(-1, (4, weight.shape[-1] // 4))
    return pixels[..., [0, 2, 1, 3], :].transpose(-1, -2).flatten(-2)


def convert_official(
    weights: Mapping[str, np.ndarray | Tensor],
) -> dict[str, Tensor]:
    """Rename the weights of a published checkpoint.

    Args:
        weights: Published name to array; a ResNet or a Swin Mask2Former, of
            the instance task or of MinVIS.

    Returns:
        Our name to tensor, same shapes and types; complete for a `MinVIS`
        of the same sizes.

    Raises:
        UserError: If a name is not one of Mask2Former's or MinVIS's.
    """
    ours: dict[str, Tensor] = {}
    for name, value in weights.items():
        if name in _CONSTANTS or name.endswith('num_batches_tracked'):
            continue
        key = our_key(name)
        if key is None:
            raise UserError(
                f'weight {name!r} is not one of Mask2Former or MinVIS; '
                'expected an official checkpoint of one of them'
            )
        tensor = torch.as_tensor(value)
        if '.downsample.' in key and key.startswith('backbone.stages.'):
            tensor = _merged_in_our_order(tensor)
        ours[key] = tensor.clone()
        if key.endswith('running_var'):
            counter = key.replace('running_var', 'num_batches_tracked')
            ours[counter] = torch.tensor(0)
    if 'head.query_feat.weight' not in ours:
        raise UserError(
            f'{len(weights)} weights, but no query among them; expected an '
            'official checkpoint of Mask2Former or MinVIS'
        )
    return ours


def without_class_head(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Drop the class layer, which does not fit other classes."""
    return {k: v for k, v in weights.items() if k not in CLASS_HEAD}


def num_classes_of(weights: Mapping[str, Tensor]) -> int:
    """Classes of converted weights, without no-object."""
    return len(weights[CLASS_HEAD[0]]) - 1
