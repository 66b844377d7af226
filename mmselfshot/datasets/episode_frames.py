"""Which frames of query and support an episode takes.

Source: Self-Shot VIS (ECCV 2022), appendix: a query that is too long is cut
to T frames, one that is too short goes on with its last frame; of a support
S frames are taken uniformly.
Ours: a cut of training shows a target wherever one can; in training each
frame of a support is drawn within its own equal part, so that the same
support is seen by other frames each time.
"""

import random
from collections.abc import Sequence

from mmselfshot.datasets.pool_clip import spread_evenly


def cut_start(
    length: int,
    num_frames: int,
    shown: Sequence[bool] | None = None,
    generator: random.Random | None = None,
) -> int:
    """Where a cut of at most `num_frames` frames begins.

    Args:
        length: Frames of the video.
        num_frames: T.
        shown: Of each frame, whether a target is in it; cuts without any
            are left out where there are others.
        generator: Draws the cut; None takes the one in the middle.
    """
    last = max(length - num_frames, 0)
    if generator is None:
        return last // 2
    starts = range(last + 1)
    if shown is not None:
        good = [one for one in starts if any(shown[one : one + num_frames])]
        starts = good or starts
    return generator.choice(starts)


def pad_frames(numbers: Sequence[int], num_frames: int) -> list[int]:
    """Repeat the last number up to a length."""
    missing = max(num_frames - len(numbers), 0)
    return [*numbers, *[numbers[-1]] * missing]


def support_numbers(
    numbers: Sequence[int],
    num_frames: int,
    generator: random.Random | None = None,
) -> list[int]:
    """Numbers of S frames, one from each of S equal parts.

    Args:
        numbers: Of all frames of the support, at least one.
        num_frames: S.
        generator: Draws within the parts; None takes their middles.
    """
    numbers = pad_frames(numbers, num_frames)
    if generator is None:
        return spread_evenly(numbers, num_frames)
    length = len(numbers)
    return [
        numbers[int((part + generator.random()) * length / num_frames)]
        for part in range(num_frames)
    ]
