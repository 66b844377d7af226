"""What the network says of its slots, as losses and prediction read it.

Shapes: L decoder layers, B videos, T frames, n slots, C channels, h w
feature cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass
class SlotOutputs:
    """One instance per slot; slot i of all frames is the same instance.

    Attributes:
        logits: (L, B, T, n, 2) float, 0 = foreground, 1 = no object.
        boxes: (L, B, T, n, 4) float, `cx cy w h` in [0, 1].
        masks: (B, n, T, h, w) float logits of the last layer, at any
            resolution; None where no mask was asked for.
    """

    logits: Tensor
    boxes: Tensor
    masks: Tensor | None = None


class DecodedQuery(NamedTuple):
    """A query after the decoder, as the segmenter takes it.

    Attributes:
        slots: (B, T, n, C) float, of the last decoder layer.
        encoded: (B, T, C, h, w) float, before the fuser.
        fused: (B, T, C, h, w) float, after the fuser.
        levels: (B, T, C', H', W') float, at strides 4 and 8.
        placed: (B, T, C, h, w) float, what the slots' maps are taken of,
            if not of `fused`.
    """

    slots: Tensor
    encoded: Tensor
    fused: Tensor
    levels: list[Tensor]
    placed: Tensor | None = None

    def of_video(self, number: int) -> 'DecodedQuery':
        """One video of the batch, as a batch."""
        only = slice(number, number + 1)
        *frames, levels, placed = self
        return DecodedQuery(
            *(one[only] for one in frames),
            [one[only] for one in levels],
            None if placed is None else placed[only],
        )


def matched_pairs(slots: Sequence[Tensor]) -> Tensor:
    """(P, 2) int64, video and slot of every matched instance.

    Args:
        slots: B, (G,) int64, the slot of each instance; -1 = none.
    """
    pairs = [
        torch.stack([torch.full_like(some, video), some], 1)
        for video, some in enumerate(slots)
    ]
    pairs = torch.cat(pairs)
    return pairs[pairs[:, 1] >= 0]
