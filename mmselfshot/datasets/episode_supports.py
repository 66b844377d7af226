"""What takes the place of the supports of an episode.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 (videos), Tab. 12 (their middle
frames) and Tab. 13 (parts of the query). Ours: black frames, to see what a
network does without what supports show.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mmselfshot.datasets.query_crops import CROPS, read_query_crop
from mmselfshot.datasets.support_reader import SupportReader

SUPPORT_MODES = ('video', 'middle_frame', 'zeros', 'noise', *CROPS)


def read_episode_supports(
    reader: SupportReader,
    record: Mapping,
    names: Sequence[str],
    num_frames: int,
    mode: str = 'video',
    draw: random.Random | None = None,
) -> Iterator[np.ndarray]:
    """Read the K supports of a query, one after another.

    Args:
        reader: Of videos and clips.
        record: Of the query, see `episode_records`.
        names: K of them; of parts of the query, any K different ones.
        num_frames: S; of middle frames, 1.
        mode: `video`; `middle_frame` of the videos, S = 1; `zeros`, black
            frames; `noise`, pixels drawn by the support's name;
            `temporal_segments` or `spatial_segments` of the query,
            see `query_crops`.
        draw: In training, draws frames and parts.

    Yields:
        K times (S, H, W, 3) uint8 RGB.

    Raises:
        UserError: If a support cannot be read.
    """
    assert mode in SUPPORT_MODES, mode
    if mode == 'middle_frame':
        num_frames, draw = 1, None
    shape = num_frames, record['height'], record['width'], 3
    for name in names:
        if mode == 'zeros':
            yield np.zeros(shape, np.uint8)
        elif mode == 'noise':
            drawn = np.random.default_rng(list(name.encode()))
            yield drawn.integers(256, size=shape, dtype=np.uint8)
        elif mode in CROPS:
            yield read_query_crop(
                record['file_names'],
                num_frames,
                mode,
                draw or random.Random(name),
            )
        else:
            yield reader.read(name, num_frames, draw)
