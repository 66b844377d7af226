"""What belongs to one query and its supports, beside their frames."""

from typing import Any

from mmdet.structures import TrackDataSample
from torch import Tensor


class EpisodeSample(TrackDataSample):
    """A data sample with `gt_sequences`, and maybe `ignored_mask`.

    `gt_sequences` are InstanceSequences of G targets in T frames;
    `ignored_mask` is (T, H, W) bool, True for pixels that the mask losses
    leave out. The metainfo is that of `PackEpisode`.
    """

    def to(self, *args: Any, **kwargs: Any) -> 'EpisodeSample':
        """A copy on another device; mmdet's takes every field for a list."""
        moved = self.new()
        for name, value in self.items():
            if isinstance(value, Tensor):
                moved.set_data({name: value.to(*args, **kwargs)})
            elif hasattr(value, 'to'):
                moved.set_data({name: value.to(*args)})
        return moved
