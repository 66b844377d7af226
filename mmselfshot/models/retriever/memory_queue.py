"""Memory queue: the keys of the last batches, first in, first out.

Source: Self-Shot VIS (ECCV 2022), Sec. 4, after MoCo (CVPR 2020), Sec.
3.2; 1280 keys are the paper's.
Ours: each key is kept with its video, so that crops of a clip's own video
are never its negatives; the batch need not divide the length.
"""

import torch
from torch import Tensor, nn

from mmselfshot.models.retriever.clip_pairs import EMPTY
from mmselfshot.models.retriever.gather_rows import gather_rows
from mmselfshot.utils import UserError


class MemoryQueue(nn.Module):
    """Ring of keys, equal on all ranks and saved with the model.

    Attributes:
        keys: (L, C) float; what a row that is not filled holds is void.
        video_ids: (L,) int64, the video of each row; `EMPTY` if not filled.
        pointer: () int64 in [0, L), the row that is written next.

    Args:
        length: L, at least 1.
        dims: C of a key.

    Raises:
        UserError: If the length is below 1.
    """

    def __init__(self, length: int, dims: int) -> None:
        super().__init__()
        if length < 1:
            raise UserError(f'queue has length={length}; expected 1 or more')
        self.register_buffer('keys', torch.zeros(length, dims))
        self.register_buffer('video_ids', torch.full((length,), EMPTY))
        self.register_buffer('pointer', torch.zeros((), dtype=torch.long))

    @property
    def is_filled(self) -> Tensor:
        """(L,) bool, True for the rows that hold a key."""
        return self.video_ids != EMPTY

    @torch.no_grad()
    def push(self, keys: Tensor, video_ids: Tensor) -> None:
        """Take in the keys of all ranks in place of the oldest ones.

        Every rank has to call it; one may have fewer keys, or none.

        Args:
            keys: (N, C) float, of this rank. Of more than L keys in all,
                the last L stay.
            video_ids: (N,) int64, at least 0.

        Raises:
            ValueError: If a video id of any rank is below 0.
        """
        assert len(keys) == len(video_ids), (keys.shape, video_ids.shape)
        keys, _ = gather_rows(keys)
        video_ids, _ = gather_rows(video_ids)
        # checked here, so that no rank waits for one that has failed
        if (video_ids < 0).any():
            raise ValueError('a key has a video id below 0')
        length, num_keys = len(self.keys), len(keys)
        rows = torch.arange(num_keys, device=self.keys.device)
        rows = (self.pointer + rows) % length
        # an index may not come twice: the last of a row's keys stays
        self.keys[rows[-length:]] = keys[-length:].to(self.keys)
        self.video_ids[rows[-length:]] = video_ids[-length:]
        self.pointer.add_(num_keys).remainder_(length)
