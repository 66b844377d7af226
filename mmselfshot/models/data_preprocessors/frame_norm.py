"""Frames without their hue, light and contrast.

Ours: for worlds where these say nothing and drown the rest.
"""

from torch import Tensor


def normalise_frames(clips: Tensor) -> Tensor:
    """Bring each frame and colour to mean 0 and standard deviation 1.

    Args:
        clips: (..., H, W) float, values in [0, 255].

    Returns:
        The same shape; an even frame is all 0.
    """
    centred = clips - clips.mean((-2, -1), keepdim=True)
    deviation = centred.square().mean((-2, -1), keepdim=True).sqrt()
    return centred / deviation.clamp(min=1)  # a grey level, below is noise
