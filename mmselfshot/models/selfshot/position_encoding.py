"""Where a cell lies in space and time, as sines and cosines.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, Stage 1: for every coordinate,
d / 3 sine and cosine functions of different frequencies, concatenated.
Shapes: B videos, T frames, h w feature cells, d channels, n = d / 3.
Ours: the paper gives neither the frequencies, nor the order of the axes, nor
a scale. They are DETR's (ECCV 2020): channel i of an axis has the wavelength
of 10000^(2 floor(i / 2) / n), sine where i is even, and positions are scaled
to 2 pi; the axes come as t, y, x. With few channels most of those waves are
far longer than a picture; a smaller temperature than 10000 shortens them.
"""

import math

import torch
from torch import Tensor

from mmselfshot.utils import UserError

TEMPERATURE = 10000.0
SCALE = 2 * math.pi
EPS = 1e-6  # of the scale, as in DETR


def sine_position_3d(
    padding: Tensor,
    dims: int,
    is_normalised: bool = True,
    dtype: torch.dtype = torch.float32,
    temperature: float = TEMPERATURE,
) -> Tensor:
    """Encode cells by how many valid ones lie before them on each axis.

    Args:
        padding: (B, T, h, w) bool, True = padded.
        dims: d, a multiple of 3.
        is_normalised: Whether the last position of each line of cells is
            2 pi; else it is the number of valid cells.
        dtype: Of the result.
        temperature: Ratio of the longest wave to the shortest.

    Returns:
        (B, T, h, w, d) of `dtype`. Padded cells hold no meaning.

    Raises:
        UserError: If d is not a multiple of 3.
    """
    channels = _channels_per_axis(dims)
    valid = (~padding).double()
    axes = [
        _encode(
            *(valid.cumsum(axis), axis, channels, is_normalised),
            temperature,
        ).to(dtype)
        for axis in (1, 2, 3)
    ]
    return torch.cat(axes, dim=-1)


def sine_grid_3d(
    size: tuple[int, int, int],
    dims: int,
    is_normalised: bool = True,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = 'cpu',
    temperature: float = TEMPERATURE,
) -> Tensor:
    """The same where nothing is padded, from T + h + w positions alone.

    Args:
        size: (T, h, w), each at least 1.
        dims: d, a multiple of 3.
        is_normalised: See `sine_position_3d`.
        dtype: Of the result.
        device: Of the result.
        temperature: See `sine_position_3d`.

    Returns:
        (T, h, w, d) of `dtype`.

    Raises:
        UserError: If d is not a multiple of 3.
    """
    channels = _channels_per_axis(dims)
    axes = []
    for axis, length in enumerate(size):
        position = torch.arange(
            1, length + 1, dtype=torch.float64, device=device
        )
        encoded = _encode(position, 0, channels, is_normalised, temperature)
        encoded = encoded.to(dtype)
        shape = [1, 1, 1, channels]
        shape[axis] = length
        axes.append(encoded.view(shape).expand(*size, channels))
    return torch.cat(axes, dim=-1)


def _channels_per_axis(dims: int) -> int:
    if dims % 3:
        raise UserError(
            f'a position in three axes has dims={dims}; expected a multiple '
            'of 3'
        )
    return dims // 3


def _encode(
    position: Tensor,
    axis: int,
    channels: int,
    is_normalised: bool,
    temperature: float,
) -> Tensor:
    """(..., n) of (...) positions, whose last along `axis` is the largest."""
    if is_normalised:
        last = position.narrow(axis, -1, 1)
        position = position / (last + EPS) * SCALE
    index = torch.arange(channels, device=position.device)
    exponent = 2 * index.div(2, rounding_mode='floor') / channels
    angle = position[..., None] / temperature ** exponent.double()
    is_even = index % 2 == 0
    return torch.where(is_even, angle.sin(), angle.cos())
