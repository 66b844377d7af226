"""Parts of a network that computes in half precision stay precise."""

import torch
from torch import Tensor


def at_least_float32(values: Tensor) -> Tensor:
    """Float32, or float64 if it is that."""
    return values if values.dtype == torch.float64 else values.float()
