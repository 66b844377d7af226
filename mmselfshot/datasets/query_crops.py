"""Supports made of the query itself: the paper's zero-shot baselines.

Source: Self-Shot VIS (ECCV 2022), appendix, Tab. 13: "randomly cropping
segments in time or in space from the query video as supports".
Ours: the lengths and areas; the paper gives none.
"""

import random
from collections.abc import Sequence

import numpy as np

from mmselfshot.datasets.episode_frames import support_numbers
from mmselfshot.datasets.support_reader import read_frames

CROPS = ('temporal_segments', 'spatial_segments')
_TIME_SHARE = (0.25, 0.5)
_SIDE_SHARE = (0.5, 0.8)


def read_query_crop(
    paths: Sequence[str],
    num_frames: int,
    kind: str,
    generator: random.Random,
) -> np.ndarray:
    """Read a random part of a query as a support.

    Args:
        paths: Of all frames of the query.
        num_frames: S.
        kind: One of `CROPS`: a part of the time with whole frames, or a part
            of all frames, of the same shape and held over the time.
        generator: Draws length and place.

    Returns:
        (S, h, w, 3) uint8 RGB.
    """
    assert kind in CROPS, kind
    numbers = range(len(paths))
    if kind == 'temporal_segments':
        share = generator.uniform(*_TIME_SHARE)
        length = max(round(share * len(paths)), 1)
        start = generator.randint(0, len(paths) - length)
        numbers = numbers[start : start + length]
        return read_frames(paths, support_numbers(numbers, num_frames))
    frames = read_frames(paths, support_numbers(numbers, num_frames))
    share = generator.uniform(*_SIDE_SHARE)
    height, width = (max(round(share * side), 1) for side in frames.shape[1:3])
    top = generator.randint(0, frames.shape[1] - height)
    left = generator.randint(0, frames.shape[2] - width)
    return frames[:, top : top + height, left : left + width]
