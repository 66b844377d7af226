"""Which frames of a video make a training clip."""

import random
from collections.abc import Sequence


def choose_frames(
    candidates: Sequence[int], num_frames: int, frame_range: int | None = None
) -> list[int]:
    """Draw the frames of a clip, in order of time.

    One frame is drawn from all candidates with equal probability, the others
    from those near it. Frames are different as long as there are enough of
    them, otherwise some come more than once. Uses the global random state
    of `random`.

    Args:
        candidates: Indices of frames that may be drawn, at least one.
        num_frames: Frames of the clip, 1 or more.
        frame_range: Greatest distance to the first drawn frame, in frames;
            None for the whole video.

    Returns:
        `num_frames` ascending indices.
    """
    first = random.choice(candidates)
    if num_frames == 1:
        return [first]
    near = [
        index
        for index in candidates
        if index != first
        and (frame_range is None or abs(index - first) <= frame_range)
    ]
    others = random.sample(near, min(num_frames - 1, len(near)))
    missing = num_frames - 1 - len(others)
    again = random.choices([*near, first], k=missing)
    return sorted([first, *others, *again])
