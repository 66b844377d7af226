"""What tells one encoder from another: an index is tied to it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from mmselfshot.utils.hashes import hash_of

# Keys that only fill the weights, which count themselves.
_OF_THE_START = frozenset(['checkpoint', 'init_cfg', 'pretrained', 'seed'])


def encoder_hash(encoder: nn.Module, cfg: Mapping[str, Any]) -> str:
    """Identify an encoder by its weights and its config.

    It is equal wherever the encoder runs and wherever its weights were read
    from.

    Args:
        encoder: A `ClipEncoder`.
        cfg: The config that it was built from, `model.encoder`.

    Returns:
        16 hexadecimal digits of a sha256.
    """
    digest = hashlib.sha256(hash_of(_without_start(cfg)).encode())
    for name, value in sorted(encoder.state_dict().items()):
        value = value.detach().cpu().contiguous()
        digest.update(f'{name} {value.dtype} {tuple(value.shape)}'.encode())
        digest.update(value.view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


def _without_start(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {
            key: _without_start(value)
            for key, value in node.items()
            if key not in _OF_THE_START
        }
    if isinstance(node, (list, tuple)):
        return [_without_start(value) for value in node]
    return node
