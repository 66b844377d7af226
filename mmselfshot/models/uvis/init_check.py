"""Refuse weights that were made with mask labels as the start of UVIS.

Source: UVIS (CVPR-W 2024): no video labels and no dense pretraining. MinVIS
starts from Mask2Former trained on COCO's masks; that would bring in labels
by the back door.
Ours is how such a file is known. A dense predictor has weights beside those
of a backbone; a training checkpoint names its own model; and the published
files of detectors carry their data in their names. A file of UVIS's own, as
between rounds of self-training, is welcome. Weights of a bare backbone cut
out of a detector and given a harmless name cannot be told from others.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mmselfshot.assets import SCHEME, asset_path
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_from_local, weights_of

# data sets with masks or boxes, and networks that are trained on them
_NAMES = re.compile(
    r'(?<![a-z])(coco|lvis|ade20k|cityscapes|objects365|ytvis|youtubevis|'
    r'ovis|minvis|mask2former|maskformer|mask[-_]?rcnn|faster[-_]?rcnn|'
    r'cascade[-_]?rcnn|detr|retinanet|solo|model_final_3c8ec9|'
    r'model_final_e5f453|deeplab|segmentation\.|detection\.)',
    re.IGNORECASE,
)
# first or second part of a weight's name in a detector or segmenter
_PARTS = re.compile(
    r'^(?:[a-z_]*\.)?(head\.(?:query|pixel|transformer|cls_embed|mask_embed)'
    r'|sem_seg_head|panoptic_head|decode_head|roi_head|rpn_head|bbox_head'
    r'|mask_head|proposal_generator|query_feat|query_embed'
    r'|pixel_decoder|transformer_decoder|class_embed|bbox_embed)'
)
_ADVICE = (
    'start from ImageNet classification (torchvision://resnet50) or from '
    'DINO weights of the backbone'
)


def check_start(cfg: Mapping[str, Any]) -> None:
    """Look at all that a training of a config would start from.

    Args:
        cfg: A whole config: `load_from`, `resume`, `model`.

    Raises:
        UserError: If a file was made with mask labels.
    """
    if cfg.get('load_from') and not cfg.get('resume'):
        check_weights_source(cfg['load_from'], 'load_from')
    for source in find_pretrained(cfg['model']):
        check_weights_source(source, 'init_cfg')


def find_pretrained(node: Any) -> Iterator[str]:
    """The checkpoints that any `init_cfg` of a model's config names."""
    if isinstance(node, Mapping):
        if str(node.get('type', '')).endswith('Pretrained'):
            yield str(node.get('checkpoint'))
        children: Iterable = node.values()
    else:
        children = node if isinstance(node, list | tuple) else ()
    for child in children:
        yield from find_pretrained(child)


def check_weights_source(source: str | Path, field: str) -> None:
    """Refuse one source of weights by its name, then by what it holds.

    Args:
        source: Path, `mmselfshot://` or other URL. Of a URL only the name is
            looked at.
        field: Where the config names it, for the message.

    Raises:
        UserError: If it was made with mask labels.
    """
    name = str(source).rsplit('/', 1)[-1]
    path = Path(str(source)).expanduser()
    if str(source).startswith(SCHEME):
        path = asset_path(str(source))
    if path.is_file():
        checkpoint = load_from_local(path)
        if _model_type(checkpoint) == 'UVIS':
            return
        dense = [key for key in weights_of(checkpoint) if _PARTS.match(key)]
        if dense:
            raise _refusal(
                source,
                field,
                f'holds a trained detector ({len(dense)} weights such as '
                f'{dense[0]})',
            )
    found = _NAMES.search(name)
    if found:
        raise _refusal(source, field, f'is named after {found[0]}')


def _refusal(source: str | Path, field: str, found: str) -> UserError:
    return UserError(
        f'{field} {source} {found}; UVIS learns without mask labels, also '
        f'without those in the weights that it starts from; {_ADVICE}'
    )


def _model_type(checkpoint: Mapping[str, Any]) -> str | None:
    """The model that a training checkpoint of ours says it is of.

    The config in it is text; it is read, never run.
    """
    text = (checkpoint.get('meta') or {}).get('cfg')
    if not isinstance(text, str):
        return None
    try:
        lines = ast.parse(text).body
    except SyntaxError:
        return None
    for line in lines:
        if (
            isinstance(line, ast.Assign)
            and isinstance(line.value, ast.Call)
            and any(getattr(one, 'id', '') == 'model' for one in line.targets)
        ):
            for entry in line.value.keywords:
                if entry.arg == 'type' and isinstance(
                    entry.value, ast.Constant
                ):
                    return str(entry.value.value).rsplit('.', 1)[-1]
    return None
