"""Encoders that see no content: a pool that they can search leaks.

Ours, no paper: where the mean colour or a tiny picture finds the videos of
a kind, a better retriever proves nothing about what it has learnt.
Shapes: B clips, T frames, S side of a thumbnail.
"""

import torch.nn.functional as F
from torch import Tensor

from mmselfshot.models.retriever.encoders.clip_encoder import ClipEncoder
from mmselfshot.registry import MODELS


@MODELS.register_module()
class MeanColourEncoder(ClipEncoder):
    """The mean of all pixels, normalised, and a constant 1: C = 4.

    With the constant, the cosine tells a light grey from a dark one, and no
    vector is zero.

    Args:
        clip_size: (H, W).
        num_frames: T.
        kwargs: `mean` and `std` of `ClipEncoder`.
    """

    def __init__(
        self, clip_size: tuple[int, int], num_frames: int = 5, **kwargs
    ) -> None:
        super().__init__(4, clip_size, num_frames, **kwargs)

    def describe(self, clips: Tensor) -> Tensor:
        """As `forward`, of normalised clips (B, T, 3, H, W)."""
        return F.pad(clips.mean((1, 3, 4)), (0, 1), value=1.0)


@MODELS.register_module()
class ThumbnailEncoder(ClipEncoder):
    """The mean frame, shrunk, and a constant 1: C = 3 S S + 1.

    Args:
        clip_size: (H, W).
        num_frames: T.
        side: S, in pixels.
        kwargs: `mean` and `std` of `ClipEncoder`.
    """

    def __init__(
        self,
        clip_size: tuple[int, int],
        num_frames: int = 5,
        side: int = 16,
        **kwargs,
    ) -> None:
        channels = 3 * side * side + 1
        super().__init__(channels, clip_size, num_frames, **kwargs)
        self.side = side

    def describe(self, clips: Tensor) -> Tensor:
        """As `forward`, of normalised clips (B, T, 3, H, W)."""
        small = F.adaptive_avg_pool2d(clips.mean(1), self.side)
        return F.pad(small.flatten(1), (0, 1), value=1.0)
