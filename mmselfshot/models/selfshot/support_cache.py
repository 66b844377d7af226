"""Encoded supports, kept for later queries and later windows.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, Stage 1, gives the encoding; the
cache is ours. Supports that are encoded one by one do not depend on the
query, so a pool's clip that is found twice is encoded once.
Shapes: K supports, N tokens of a support, d channels.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mmselfshot.utils import UserError

SupportKey = tuple[str, str]  # clip, model


def clip_hash(frames: Tensor) -> str:
    """Identify a clip by what is seen in it.

    Args:
        frames: (S, 3, H, W) of any dtype, as the encoder takes them.

    Returns:
        16 hexadecimal digits of a sha256.
    """
    frames = frames.detach().cpu().contiguous()
    digest = hashlib.sha256(f'{frames.dtype} {tuple(frames.shape)}'.encode())
    digest.update(frames.view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


class SupportCache:
    """Least recently used supports go first, when memory is full.

    Attributes:
        num_hits: Supports that were found.
        num_misses: Supports that had to be encoded.
        num_bytes: Memory in use.

    Args:
        max_bytes: Memory to use at most; 0 = keep nothing.
        device: Where supports are kept; None = where they were encoded.
        dtype: As which they are kept, maybe by name, as configs do; None =
            as they were encoded. Half the width is half the memory, and
            outputs differ by its rounding.

    Raises:
        UserError: If `max_bytes` is negative or `dtype` no float type.
    """

    def __init__(
        self,
        max_bytes: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | str | None = None,
    ) -> None:
        if max_bytes < 0:
            raise UserError(
                f'support cache has max_bytes={max_bytes}; expected 0 or more'
            )
        self.max_bytes = max_bytes
        self.device = device
        self.dtype = None if dtype is None else _float_type(dtype)
        self._supports: OrderedDict[SupportKey, Tensor] = OrderedDict()
        self.reset()

    def reset(self) -> None:
        """Forget all supports and counts."""
        self._supports.clear()
        self.num_bytes = self.num_hits = self.num_misses = 0

    def __len__(self) -> int:
        return len(self._supports)

    def __contains__(self, key: SupportKey) -> bool:
        return key in self._supports

    def get(self, key: SupportKey) -> Tensor | None:
        """A support as it is kept, not to be written to; None if absent.

        Args:
            key: The clip, by `clip_hash` or a name that no other content
                has, and the model, by `encoder_hash`.
        """
        if key not in self._supports:
            self.num_misses += 1
            return None
        self.num_hits += 1
        self._supports.move_to_end(key)
        return self._supports[key]

    def put(self, key: SupportKey, encoded: Tensor) -> None:
        """Keep a copy; one that is larger than the cache is not kept.

        Args:
            key: See `get`.
            encoded: (N, d) float, without gradient.
        """
        assert not encoded.requires_grad, 'a kept support has no gradient'
        dtype = self.dtype or encoded.dtype
        num_bytes = encoded.numel() * dtype.itemsize
        if key in self._supports:
            self._drop(key)
        if num_bytes > self.max_bytes:
            return
        while self.num_bytes + num_bytes > self.max_bytes:
            self._drop(next(iter(self._supports)))
        # a view would keep the memory of its whole batch
        self._supports[key] = encoded.to(
            device=self.device or encoded.device, dtype=dtype, copy=True
        ).contiguous()
        self.num_bytes += num_bytes

    def fetch(
        self,
        keys: Sequence[SupportKey],
        encode: Callable[[list[int]], Tensor],
        like: Tensor,
    ) -> Tensor:
        """Supports of a query; only those that are absent are encoded.

        Args:
            keys: K of them, at least 1, see `get`. Equal ones are encoded
                once.
            encode: Gives (n, N, d) float without gradient for n places in
                `keys`, all at once.
            like: A tensor of the device and dtype of the result.

        Returns:
            (K, N, d) float, in the order of `keys`.
        """
        found: dict[SupportKey, Tensor] = {}
        absent: dict[SupportKey, int] = {}
        for place, key in enumerate(keys):
            if key in found or key in absent:
                continue
            kept = self.get(key)
            if kept is None:
                absent[key] = place
            else:
                found[key] = kept
        if absent:
            encoded = encode(list(absent.values()))
            found.update(zip(absent, encoded))
            for key, one in zip(absent, encoded):
                self.put(key, one)
        return torch.stack([found[key].to(like) for key in keys])

    def _drop(self, key: SupportKey) -> None:
        dropped = self._supports.pop(key)
        self.num_bytes -= dropped.numel() * dropped.element_size()


def _float_type(dtype: torch.dtype | str) -> torch.dtype:
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise UserError(
            f'support cache has dtype={dtype!r}; expected float32, bfloat16 '
            'or float16'
        )
    return found
