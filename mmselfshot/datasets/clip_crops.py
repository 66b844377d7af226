"""Temporal crops of a clip, drawn at random.

Source: Self-Shot VIS (ECCV 2022), Sec. 4, Eq. (1): the positives are other
temporal crops of the same video. "160.5 x 224 x 224 video segments from 32
videos" is read as 5 crops of 5 frames of each video.
Ours: a crop is a fifth of a clip, one second of the five of a YouTube-8M
segment, and the crops are spread over the clip.
Shapes: V crops, T frames.
"""

from collections.abc import Sequence

import numpy as np

from mmselfshot.datasets.pool_clip import ClipReader, PoolClip, spread_evenly


def place_crops(
    numbers: Sequence[int],
    places: Sequence[float],
    num_frames: int,
    share: float,
) -> list[list[int]]:
    """Which frames each crop takes.

    Args:
        numbers: Of the frames of the clip, rising, at least one.
        places: V values in [0, 1), from the first place of a crop in the
            clip to the last.
        num_frames: T.
        share: Length of a crop, of the clip, in (0, 1]; a crop is at least T
            frames long where the clip is.

    Returns:
        V times T numbers, uniform in the crop; a clip of fewer than T frames
        goes on with its last one.
    """
    length = len(numbers)
    window = min(max(round(share * length), num_frames), length)
    crops = []
    for place in places:
        first = int(place * (length - window + 1))
        crop = list(numbers[first : first + window])
        crop += [crop[-1]] * (num_frames - window)
        crops.append(spread_evenly(crop, num_frames))
    return crops


def read_crops(
    clip: PoolClip, places: Sequence[float], num_frames: int, share: float
) -> np.ndarray:
    """Read crops of a clip; a video file is gone through once.

    Args:
        clip: Where they are cut from.
        places: As in `place_crops`; so are `num_frames` and `share`.

    Returns:
        (V, T, H, W, 3) uint8 RGB.

    Raises:
        VideoError: If the clip cannot be read or holds no frame.
    """
    reader = ClipReader(clip)
    crops = place_crops(reader.numbers, places, num_frames, share)
    frames = reader.pick([number for crop in crops for number in crop])
    return frames.reshape(len(crops), num_frames, *frames.shape[1:])
