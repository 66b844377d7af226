"""Encoded supports through the cache, as prediction asks for them.

Ours; see `support_cache`. The weights are hashed at the first support, and
again only when torch has counted a change of them, or of a buffer.
Shapes: B videos, K supports of S frames, N tokens of a support, C channels.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from mmselfshot.models.retriever.encoder_hash import encoder_hash
from mmselfshot.models.selfshot.episode_encoder import EpisodeEncoder
from mmselfshot.models.selfshot.support_cache import SupportCache, clip_hash
from mmselfshot.utils import UserError


class CachedEncoder:
    """Encodes a support only if it is not known.

    Args:
        encoder: Of the model; not owned.
        cfg: Of the model, which tells equal weights in unequal networks
            apart.
        cache: Arguments of `SupportCache`.

    Raises:
        UserError: If supports are encoded together.
    """

    def __init__(
        self,
        encoder: EpisodeEncoder,
        cfg: Mapping[str, Any],
        cache: Mapping[str, Any],
    ) -> None:
        if encoder.support_encoding != 'separate':
            raise UserError(
                f'support_encoding={encoder.support_encoding!r} with a '
                "support cache; only 'separate' supports can be kept, leave "
                'out support_cache'
            )
        self.encoder = encoder
        self.cfg = cfg
        if not isinstance(cache, Mapping):
            raise UserError(
                f'support_cache={cache!r}; expected dict(max_bytes=...), or '
                'None for no cache'
            )
        self.cache = SupportCache(**cache)
        self.reset()

    def reset(self) -> None:
        """Forget the supports; needed after changes that torch cannot see.

        These are writes to the `data` of a weight.
        """
        self.cache.reset()
        self._state: tuple[tuple[int, int], ...] | None = None
        self._hash = ''

    @torch.no_grad()
    def __call__(self, supports: Tensor) -> Tensor:
        """Encode (B, K, S, 3, H, W) supports to (B, K, N, C)."""
        if not supports.shape[0] * supports.shape[1]:
            return self.encoder.encode_supports(supports)
        state = self._weights_state()
        if state != self._state:
            self._state = state
            self._hash = encoder_hash(self.encoder, self.cfg)
        clips = supports.flatten(0, 1)
        tokens = self.cache.fetch(
            [(clip_hash(clip), self._hash) for clip in clips],
            lambda places: self.encoder.encode_supports(clips[places][None])[
                0
            ],
            like=supports,
        )
        return tokens.unflatten(0, supports.shape[:2])

    def _weights_state(self) -> tuple[tuple[int, int], ...]:
        """Place and count of changes of each weight and buffer."""
        tensors = chain(self.encoder.parameters(), self.encoder.buffers())
        return tuple(
            (one.data_ptr(), 0 if one.is_inference() else one._version)
            for one in tensors
        )
