"""The device that a user means."""

import os

import torch

from mmselfshot.utils.errors import UserError


def find_device(name: str | None = None) -> torch.device:
    """Find a device and try it.

    Args:
        name: `cpu`, `cuda`, `cuda:1`; None for the GPU of this process if
            there is one, else the CPU.

    Raises:
        UserError: If there is no such device.
    """
    if name is None:
        name = 'cpu'
        if torch.cuda.is_available():
            local_rank = int(os.environ.get('LOCAL_RANK', 0))
            name = f'cuda:{local_rank % torch.cuda.device_count()}'
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f'no device {name!r} ({reason}); expected cpu or cuda'
        ) from error
    return device
