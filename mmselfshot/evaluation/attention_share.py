"""How much of an attention map lies on the target.

Ours: Self-Shot VIS (ECCV 2022), Fig. 5, only shows pictures of it.
Shapes: T frames, h w feature cells, H W pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from mmselfshot.evaluation.paired import paired_difference
from mmselfshot.utils import UserError


@dataclass(frozen=True)
class AttentionShare:
    """Attention on the target of one video, means over frames that show it.

    Attributes:
        share: Of the attention, in [0, 1]; NaN where no frame shows it.
        chance: What even attention would give: the target's share of the
            area, in [0, 1].
        num_frames: That show the target.
    """

    share: float
    chance: float
    num_frames: int


def attention_share(heat: Tensor, masks: Tensor) -> AttentionShare:
    """Measure the share of attention inside a mask.

    A cell that the mask covers in part counts in part.

    Args:
        heat: (T, h, w) float, not negative; every frame sums to 1.
        masks: (T, H, W) bool, all targets together.
    """
    covered = F.adaptive_avg_pool2d(masks[:, None].float(), heat.shape[-2:])
    covered = covered[:, 0].to(heat.device)
    is_shown = masks.flatten(1).any(1).to(heat.device)
    share = (heat.float() * covered).sum((1, 2))[is_shown].mean()
    chance = covered.mean((1, 2))[is_shown].mean()
    return AttentionShare(float(share), float(chance), int(is_shown.sum()))


def summarise_shares(
    rows: Sequence[Mapping[str, Any]], num_draws: int = 1000
) -> dict[str, Any]:
    """Means over queries, and paired differences.

    Args:
        rows: Of queries: `before`, `after` and `chance` in [0, 1], and
            `num_frames` that show a target; those with none do not count.
        num_draws: Of the bootstrap.

    Returns:
        `queries`, the rows; `mean` of each of the three; and a
        `PairedDifference` of `after_minus_before`, `before_minus_chance` and
        `after_minus_chance`.

    Raises:
        UserError: If there is no query whose target can be seen.
    """
    rows = [dict(row) for row in rows]
    seen = [row for row in rows if row['num_frames']]
    if not seen:
        raise UserError(
            'no frame of the queries shows a target; choose another data set'
        )
    values = {
        name: [row[name] for row in seen]
        for name in ('before', 'after', 'chance')
    }
    differences = {
        f'{first}_minus_{second}': paired_difference(
            [values[first]], [values[second]], np.mean, num_draws
        ).as_dict()
        for first, second in (
            ('after', 'before'),
            ('before', 'chance'),
            ('after', 'chance'),
        )
    }
    mean = {name: float(np.mean(many)) for name, many in values.items()}
    return {'mean': mean, **differences, 'queries': rows}
