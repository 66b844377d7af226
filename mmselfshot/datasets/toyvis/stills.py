"""Captioned still pictures: what the tiny foundation models are trained on.

A still shows one or few objects apart from each other. Its caption names
every kind; colours, patterns and the background are named in most captions.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from mmselfshot.datasets.toyvis.options import EasyOptions
from mmselfshot.datasets.toyvis.render import render_video
from mmselfshot.datasets.toyvis.scene import Body, VideoSpec, draw_video
from mmselfshot.datasets.toyvis.writers import categories, mask_box
from mmselfshot.utils import UserError

_MAX_DRAWS = 30
_LEAST_GAP = 0.55  # between two centres, of the sum of both sizes
_NAMED_PROB = 0.75  # of an attribute, in a caption
_WITH_AN = ('a', 'e', 'i', 'o', 'u', 'hour')


def with_article(words: str) -> str:
    """Put `a` or `an` before words, as they are spoken."""
    return f'{"an" if words.startswith(_WITH_AN) else "a"} {words}'


def describe_body(body: Body, rng: np.random.Generator) -> str:
    """Such as `a striped red star`; the kind is always named."""
    words = []
    if body.pattern != 'plain' and rng.uniform() < _NAMED_PROB:
        words.append(body.pattern)
    if rng.uniform() < _NAMED_PROB:
        words.append(body.colour)
    return with_article(' '.join([*words, str(body.kind)]))


def write_caption(spec: VideoSpec, rng: np.random.Generator) -> str:
    """One sentence on a picture, without a full stop."""
    named = [body for body in spec.bodies if body.kind is not None]
    order = rng.permutation(len(named))
    caption = ' and '.join(describe_body(named[k], rng) for k in order)
    if rng.uniform() < _NAMED_PROB:
        caption += f' on {with_article(spec.background)} background'
    return caption


def _overlap(bodies: list[Body]) -> bool:
    for k, one in enumerate(bodies):
        for other in bodies[:k]:
            gap = float(np.hypot(*(one.centre[0] - other.centre[0])))
            if gap < _LEAST_GAP * float(one.size[0] + other.size[0]):
                return True
    return False


def draw_still(options: EasyOptions, rng: np.random.Generator) -> VideoSpec:
    """Draw what one still shows, a video of a single frame.

    At most one piece of clutter lies below the objects. If they do not find
    room apart from each other, the last draw keeps one of them.
    """
    options = replace(
        options,
        height=options.still_side,
        width=options.still_side,
        num_frames=1,
        min_objects=1,
        max_objects=options.still_max_objects,
        max_clutter=min(options.max_clutter, 1),
        meet_prob=0.0,
    )
    for _ in range(_MAX_DRAWS):
        spec = draw_video(options, rng)
        clutter = [body for body in spec.bodies if body.kind is None]
        named = [body for body in spec.bodies if body.kind is not None]
        if not _overlap(named):
            return replace(spec, bodies=(*clutter, *named))
    return replace(spec, bodies=(*clutter, named[0]))


def make_still(
    options: EasyOptions, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Any]]:
    """Draw and paint one still.

    Returns:
        (S, S, 3) uint8 RGB and a dict with `caption`, `background` and
        `objects`, each with `kind, colour, pattern, bbox, area`.

    Raises:
        UserError: If no draw shows all its objects.
    """
    for _ in range(_MAX_DRAWS):
        spec = draw_still(options, rng)
        frames, masks, _ = render_video(spec)
        areas = masks.sum((1, 2, 3))
        if (areas >= options.min_pixels).all():
            break
    else:
        raise UserError(
            f'{_MAX_DRAWS} draws of a still left an object hidden; lower '
            'min_pixels or max_clutter, or raise still_side'
        )
    named = [body for body in spec.bodies if body.kind is not None]
    objects = [
        {
            'kind': body.kind,
            'colour': body.colour,
            'pattern': body.pattern,
            'bbox': mask_box(mask[0]),
            'area': int(area),
        }
        for body, mask, area in zip(named, masks, areas)
    ]
    caption = write_caption(spec, rng)
    labels = {'caption': caption, 'background': spec.background}
    return frames[0], {**labels, 'objects': objects}


def stills_file(
    parts: list[dict[str, Any]],
    kinds: tuple[str, ...],
    side: int,
    description: str,
) -> dict[str, Any]:
    """Put the labels of all stills of a split together, COCO style.

    Args:
        parts: Dicts of `make_still` with `file_name`, in order.
        kinds: Names, in the order of the category ids.
        side: Of the stills, in pixels.
        description: For the `info` field.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, part in enumerate(parts, 1):
        images.append(
            {
                'id': number,
                'file_name': part['file_name'],
                'width': side,
                'height': side,
                'caption': part['caption'],
                'background': part['background'],
            }
        )
        for entry in part['objects']:
            annotations.append(
                {
                    'id': len(annotations) + 1,
                    'image_id': number,
                    'category_id': kinds.index(entry['kind']) + 1,
                    **entry,
                    'iscrowd': 0,
                }
            )
    return {
        'info': {'description': description, 'version': '1.0'},
        'images': images,
        'categories': categories(kinds),
        'annotations': annotations,
    }
