"""Still pictures of seen kinds only, to pretrain frozen encoders.

A still shows no motion, so that its classes are looks: `striped-star`. Each
look is of one kind only, hence no still shows what an unseen kind looks
like; scenes are those of seen kinds.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from mmselfshot.datasets.toyvis.fewshot.kinds import make_kinds
from mmselfshot.datasets.toyvis.fewshot.options import FewshotOptions
from mmselfshot.datasets.toyvis.fewshot.plan import VideoPlan
from mmselfshot.datasets.toyvis.fewshot.render import render_fewshot
from mmselfshot.datasets.toyvis.fewshot.video import draw_fewshot_video
from mmselfshot.datasets.toyvis.stills import with_article
from mmselfshot.datasets.toyvis.writers import mask_box
from mmselfshot.utils import UserError

_MAX_DRAWS = 30
_LEAST_SHOWN = 0.7  # of the pixels of the object alone


def still_names(options: FewshotOptions) -> tuple[str, ...]:
    """Looks of the seen kinds; category ids of stills count from 1."""
    return tuple(kind.look for kind in make_kinds(options).group(False))


def make_fewshot_still(
    options: FewshotOptions, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Any]]:
    """Draw and paint one still.

    Returns:
        (S, S, 3) uint8 RGB and a dict with `caption`, `background` and
        `objects`, each with `kind, pattern, bbox, area`.

    Raises:
        UserError: If no draw shows all its objects.
    """
    table = make_kinds(options)
    seen = table.group(False)
    num = int(rng.integers(1, options.still_max_objects + 1))
    kinds = tuple(seen[k] for k in rng.choice(len(seen), num, replace=False))
    scene = table.scenes_seen[int(rng.integers(len(table.scenes_seen)))]
    square = replace(
        options,
        height=options.still_side,
        width=options.still_side,
        num_frames=1,
        max_targets=1,
        late_prob=0.0,
        early_prob=0.0,
    )
    plan = VideoPlan(kinds, (), scene, is_swap=True)
    for _ in range(_MAX_DRAWS):
        spec = draw_fewshot_video(square, plan, 1, rng)
        frames, masks = render_fewshot(spec)
        areas = masks.sum((1, 2, 3))
        sizes = np.array([mover.size[0] for mover in spec.movers])
        zoomed = (sizes * spec.looks.zoom[0]) ** 2
        # an outline fills about a third or more of its box
        if (areas >= 0.3 * _LEAST_SHOWN * zoomed).all():
            break
    else:
        raise UserError(
            f'{_MAX_DRAWS} draws of a still left an object hidden; lower '
            'max_size or raise still_side'
        )
    objects = [
        {
            'kind': mover.kind.look,
            'pattern': mover.kind.surface,
            'bbox': mask_box(mask[0]),
            'area': int(area),
        }
        for mover, mask, area in zip(spec.movers, masks, areas)
    ]
    shown = ' and '.join(with_article(one['kind']) for one in objects)
    caption = f'{shown} on {with_article(scene)} background'
    return frames[0], {
        'caption': caption,
        'background': scene,
        'objects': objects,
    }
