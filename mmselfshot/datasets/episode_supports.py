"""What takes the place of the supports of an episode.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 (videos), Tab. 12 (their middle
frames) and Tab. 13 (parts of the query). Ours: black frames, to see what a
network does without what supports show.
"""

import random
from collections.abc import Mapping, Sequence

import numpy as np

from mmselfshot.datasets.query_crops import CROPS, read_query_crop
from mmselfshot.datasets.support_reader import SupportReader

SUPPORT_MODES = ('video', 'middle_frame', 'zeros', *CROPS)


def read_episode_supports(
    reader: SupportReader,
    record: Mapping,
    names: Sequence[str],
    num_frames: int,
    mode: str = 'video',
    draw: random.Random | None = None,
) -> list[np.ndarray]:
    """Read the K supports of a query.

    Args:
        reader: Of videos and clips.
        record: Of the query, see `episode_records`.
        names: K of them; of parts of the query, any K different ones.
        num_frames: S; of middle frames, 1.
        mode: `video`; `middle_frame` of the videos, S = 1; `zeros`, black
            frames; `temporal_segments` or `spatial_segments` of the query,
            see `query_crops`.
        draw: In training, draws frames and parts.

    Returns:
        K times (S, H, W, 3) uint8 RGB.

    Raises:
        UserError: If a support cannot be read.
    """
    assert mode in SUPPORT_MODES, mode
    if mode == 'zeros':
        size = record['height'], record['width'], 3
        return [np.zeros((num_frames, *size), np.uint8) for _ in names]
    if mode in CROPS:
        paths = record['file_names']
        return [
            read_query_crop(
                paths, num_frames, mode, draw or random.Random(name)
            )
            for name in names
        ]
    if mode == 'middle_frame':
        num_frames, draw = 1, None
    return [reader.read(name, num_frames, draw) for name in names]
