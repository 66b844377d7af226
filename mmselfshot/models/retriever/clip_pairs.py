"""Which candidates are positives and which are negatives of a clip.

Source: Self-Shot VIS (ECCV 2022), Sec. 4: the positives of a clip are the
other temporal crops of its video, the negatives the crops of other videos in
the batch and in the memory queue.
Shapes: N clips, K keys of the batch (of all ranks), L rows of the queue.
Ours: the paper counts the whole queue as negative. A queued crop of the
clip's own video would then be pushed away, so it is left out; in a small
pool such crops are common.
"""

import torch
from torch import Tensor

EMPTY = -1  # video id of a row of the queue that is not yet filled


def pair_clips(
    video_ids: Tensor,
    key_ids: Tensor,
    queue_ids: Tensor,
    own: Tensor,
    include_self: bool = False,
) -> tuple[Tensor, Tensor]:
    """Positives and negatives among the keys and the queue.

    Args:
        video_ids: (N,) int64, at least 0, the video of each clip.
        key_ids: (K,) int64, at least 0, the video of each key.
        queue_ids: (L,) int64, the video of each row; `EMPTY` for none.
        own: (N,) int64 in [0, K), which key is made from the clip itself.
        include_self: Whether a clip's own key is a positive; else it is
            neither.

    Returns:
        Two (N, K + L) bool: positive, negative. None is both.
    """
    is_same = video_ids[:, None] == key_ids
    is_other = ~is_same
    if not include_self:
        is_same = is_same.scatter(1, own[:, None], False)
    is_queued = video_ids[:, None] != queue_ids
    is_queued = is_queued & (queue_ids != EMPTY)
    positive = torch.cat([is_same, torch.zeros_like(is_queued)], dim=1)
    return positive, torch.cat([is_other, is_queued], dim=1)
