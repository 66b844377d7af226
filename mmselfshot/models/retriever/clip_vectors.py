"""The vector of a clip that search compares.

Source: Self-Shot VIS (ECCV 2022), Sec. 4, Eq. (3): neighbours by Phi.
Ours: the paper does not say how a clip that is longer than the encoder's
input gets one vector; here it is the mean direction of its segments.
Shapes: S segments, T frames, C channels, H W pixels.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.v2 import functional as tvf

from mmselfshot.models.retriever.encoders import ClipEncoder


def mean_direction(vectors: Tensor) -> Tensor:
    """The mean of vectors that are brought to length 1, again of length 1.

    Args:
        vectors: (..., S, C) float, of any length but 0.

    Returns:
        (..., C) float.
    """
    return F.normalize(F.normalize(vectors, dim=-1).mean(-2), dim=-1)


def fit_frames(frames: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize frames until they cover a size, and cut out its centre.

    Args:
        frames: (..., 3, H, W) uint8 or float.
        size: (height, width), in pixels.

    Returns:
        (..., 3, height, width) of the same dtype.
    """
    height, width = frames.shape[-2:]
    scale = max(size[0] / height, size[1] / width)
    covering = [
        max(round(height * scale), size[0]),
        max(round(width * scale), size[1]),
    ]
    frames = tvf.resize(frames, covering, antialias=True)
    return tvf.center_crop(frames, list(size))


@torch.no_grad()
def embed_segments(
    encoder: ClipEncoder, segments: np.ndarray | Tensor
) -> Tensor:
    """The vector of a clip, of its segments.

    The encoder is put in evaluation mode.

    Args:
        encoder: Sees T frames at once.
        segments: (S, T, H, W, 3) uint8 RGB, S at least 1.

    Returns:
        (C,) float32 on the CPU, of length 1; zero where the encoder gives
        only zeros.

    Raises:
        ValueError: If T is not the encoder's.
    """
    encoder.eval()
    frames = torch.as_tensor(segments).permute(0, 1, 4, 2, 3)
    frames = fit_frames(frames, encoder.clip_size)
    vectors = encoder(frames.to(encoder.mean))
    return mean_direction(vectors.float()).cpu()
