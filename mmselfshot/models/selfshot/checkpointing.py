"""Memory for time: what a part made is made again in the backward pass."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint


def run_part(
    part: Callable[..., Any], *inputs: Any, is_checkpointed: bool
) -> Any:
    """Call a part of a network.

    Args:
        part: A module or a function.
        *inputs: Its arguments.
        is_checkpointed: Whether only its inputs are kept for the backward
            pass. Random numbers are the same in the second run. Nothing
            changes where no gradient is asked for.

    Returns:
        What the part returns.
    """
    if is_checkpointed and torch.is_grad_enabled():
        return checkpoint(part, *inputs, use_reentrant=False)
    return part(*inputs)
