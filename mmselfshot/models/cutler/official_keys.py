"""From the names of the published CutLER weights to ours.

The published detector is detectron2's Cascade Mask R-CNN with one class.
Only names change: its one mask head is one here, too.
"""

import re
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from mmselfshot.models.minvis.official_keys import our_key as backbone_key
from mmselfshot.utils import UserError

_RPN = r'proposal_generator\.rpn_head\.'
_MASK = r'roi_heads\.mask_head\.'
_RULES = (
    (
        r'backbone\.fpn_lateral(\d)\.weight',
        r'neck.lateral_convs.<\1>.conv.weight',
    ),
    (
        r'backbone\.fpn_lateral(\d)\.norm\.(\w+)',
        r'neck.lateral_convs.<\1>.bn.\2',
    ),
    (r'backbone\.fpn_output(\d)\.weight', r'neck.fpn_convs.<\1>.conv.weight'),
    (r'backbone\.fpn_output(\d)\.norm\.(\w+)', r'neck.fpn_convs.<\1>.bn.\2'),
    (_RPN + r'conv\.(\w+)', r'rpn_head.rpn_conv.\1'),
    (_RPN + r'objectness_logits\.(\w+)', r'rpn_head.rpn_cls.\1'),
    (_RPN + r'anchor_deltas\.(\w+)', r'rpn_head.rpn_reg.\1'),
    (
        r'roi_heads\.box_head\.(\d)\.fc1\.(\w+)',
        r'roi_head.bbox_head.\1.shared_fcs.0.\2',
    ),
    (
        r'roi_heads\.box_head\.(\d)\.fc2\.(\w+)',
        r'roi_head.bbox_head.\1.shared_fcs.1.\2',
    ),
    (
        r'roi_heads\.box_predictor\.(\d)\.cls_score\.(\w+)',
        r'roi_head.bbox_head.\1.fc_cls.\2',
    ),
    (
        r'roi_heads\.box_predictor\.(\d)\.bbox_pred\.(\w+)',
        r'roi_head.bbox_head.\1.fc_reg.\2',
    ),
    (_MASK + r'mask_fcn1\.(\w+)', r'roi_head.mask_head.convs.0.conv.\1'),
    (_MASK + r'mask_fcn2\.(\w+)', r'roi_head.mask_head.convs.1.conv.\1'),
    (_MASK + r'mask_fcn3\.(\w+)', r'roi_head.mask_head.convs.2.conv.\1'),
    (_MASK + r'mask_fcn4\.(\w+)', r'roi_head.mask_head.convs.3.conv.\1'),
    (_MASK + r'deconv\.(\w+)', r'roi_head.mask_head.upsample.\1'),
    (_MASK + r'predictor\.(\w+)', r'roi_head.mask_head.conv_logits.\1'),
)
# Constants of the published model that ours makes itself.
_CONSTANTS = {'pixel_mean', 'pixel_std'}
_BOTTOM_UP = 'backbone.bottom_up.'
_NUM_BLOCKS = {2: 3, 3: 4, 4: 6, 5: 3}  # of R-50, by detectron2's stage
_COUNTER = 'num_batches_tracked'
_EXPECTED = (
    'expected the official CutLER Cascade Mask R-CNN R-50 '
    '(cutler_cascade_final.pth)'
)


def our_key(official: str) -> str | None:
    """Our name of a published weight, None if it has none."""
    if official.startswith(_BOTTOM_UP):
        return backbone_key('backbone.' + official.removeprefix(_BOTTOM_UP))
    for pattern, replacement in _RULES:
        match = re.fullmatch(pattern, official)
        if match:
            key = match.expand(replacement)
            # detectron2 counts the levels of the pyramid from 2
            return re.sub(r'<(\d)>', lambda m: str(int(m[1]) - 2), key)
    return None


def convert_official(
    weights: Mapping[str, np.ndarray | Tensor],
) -> dict[str, Tensor]:
    """Rename the weights of the published checkpoint.

    Args:
        weights: Published name to array, all 408 of them; the counters of
            the normalisation layers may be missing.

    Returns:
        Our name to tensor, same shapes and types; complete for a
        `CutLERDetector` with R-50.

    Raises:
        UserError: If it is another model: a name is unknown, weights are
            missing, or it knows several classes.
    """
    ours: dict[str, Tensor] = {}
    for name, value in weights.items():
        if name in _CONSTANTS:
            continue
        key = our_key(name)
        if key is None:
            raise UserError(
                f"weight {name!r} is not one of CutLER's; {_EXPECTED}"
            )
        ours[key] = torch.as_tensor(value).clone()
    missing = [name for name in official_names() if our_key(name) not in ours]
    lacking = [name for name in missing if not name.endswith(_COUNTER)]
    if lacking:
        raise UserError(
            f'{len(lacking)} weights of CutLER are missing, the first is '
            f'{lacking[0]!r}; {_EXPECTED}'
        )
    for name in missing:
        ours[our_key(name)] = torch.tensor(0)
    num_classes = len(ours['roi_head.bbox_head.0.fc_cls.weight']) - 1
    if num_classes != 1:
        raise UserError(
            f'a detector of {num_classes} classes; {_EXPECTED}, which knows '
            'one, object'
        )
    return ours


def official_names() -> Iterator[str]:
    """The names of all 408 published weights."""
    yield from _conv_and_norm(_BOTTOM_UP + 'stem.conv1')
    for stage, num_blocks in _NUM_BLOCKS.items():
        yield from _conv_and_norm(f'{_BOTTOM_UP}res{stage}.0.shortcut')
        for block in range(num_blocks):
            for conv in (1, 2, 3):
                yield from _conv_and_norm(
                    f'{_BOTTOM_UP}res{stage}.{block}.conv{conv}'
                )
        for kind in ('lateral', 'output'):
            yield from _conv_and_norm(f'backbone.fpn_{kind}{stage}')
    layers = [
        f'proposal_generator.rpn_head.{layer}'
        for layer in ('conv', 'objectness_logits', 'anchor_deltas')
    ]
    for stage in range(3):
        layers += [f'roi_heads.box_head.{stage}.fc{n}' for n in (1, 2)]
        layers += [
            f'roi_heads.box_predictor.{stage}.{layer}'
            for layer in ('cls_score', 'bbox_pred')
        ]
    layers += [f'roi_heads.mask_head.mask_fcn{n}' for n in (1, 2, 3, 4)]
    layers += ['roi_heads.mask_head.deconv', 'roi_heads.mask_head.predictor']
    for layer in layers:
        yield from (f'{layer}.weight', f'{layer}.bias')


def _conv_and_norm(name: str) -> Iterator[str]:
    yield f'{name}.weight'
    for part in ('weight', 'bias', 'running_mean', 'running_var', _COUNTER):
        yield f'{name}.norm.{part}'
