"""Tracking by matching the queries of neighbouring frames.

Source: MinVIS (NeurIPS 2022), Sec. 3.2. The first frame fixes the slots.
Every later frame is matched with the re-ordered frame before it: no memory,
no running mean, and all queries take part, also those without an object.
"""

import torch
from torch import Tensor

from mmselfshot.models.matchers import match_by_cosine
from mmselfshot.registry import TASK_UTILS


@TASK_UTILS.register_module()
class MinVISTracker:
    """Gives every query of a frame its slot.

    Another tracker that has `reset` and `update` can take its place by
    config; one that only remembers something else overrides `reference`
    and `remember`.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the video."""
        self._last: Tensor | None = None

    def reference(self) -> Tensor | None:
        """(Q, C) embedding of each slot to match with; None at the start."""
        return self._last

    def remember(self, embeds: Tensor, logits: Tensor) -> None:
        """Take in a frame in slot order, see `update` for the shapes."""
        self._last = embeds

    def update(self, embeds: Tensor, logits: Tensor) -> Tensor:
        """Match the next frame of the video.

        Args:
            embeds: (Q, C) float, query embeddings.
            logits: (Q, K + 1) float, class logits, no-object last.

        Returns:
            (Q,) int64, the query of each slot.
        """
        reference = self.reference()
        if reference is None:
            order = torch.arange(len(embeds), device=embeds.device)
        else:
            order = match_by_cosine(reference, embeds)
        self.remember(embeds[order].detach(), logits[order].detach())
        return order
