"""Tables of candidates by hand: squares of 10x10 pixels in one video."""

from collections.abc import Sequence

import numpy as np

from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.structures import encode_masks

SIZE = 20, 80  # H, W


def make_table(
    mask_score: Sequence[float],
    prob: Sequence[float] | None = None,
    left: Sequence[int] | None = None,
    features: Sequence | None = None,
    is_small: Sequence[bool] | None = None,
    frame_id: Sequence[int] | None = None,
    predicted_iou: Sequence[float] | None = None,
    sampled: Sequence[int] = (0, 1),
) -> CandidateTable:
    """Classes are cat and dog; `prob` is that of cat, 0.9 by default."""
    number = len(mask_score)
    prob = np.array([0.9] * number if prob is None else prob, np.float32)
    left = range(0, number) if left is None else left
    masks = np.zeros((number, *SIZE), dtype=bool)
    for mask, start in zip(masks, left):
        mask[5:15, start : start + 10] = True
    rles = [
        {**rle, 'counts': rle['counts'].encode()}
        for rle in encode_masks(masks)
    ]
    frames = [0] * number if frame_id is None else frame_id
    return CandidateTable(
        video_id=np.full(number, 7),
        frame_id=np.array(frames, dtype=np.int64),
        mask_score=np.array(mask_score, np.float32),
        predicted_iou=np.array(
            [np.nan] * number if predicted_iou is None else predicted_iou,
            np.float32,
        ),
        probs=np.stack([prob, 1 - prob], 1),
        features=np.array(
            np.ones((number, 1)) if features is None else features, np.float32
        ),
        box=np.array(
            [[start, 5, start + 10, 15] for start in left], np.float32
        ).reshape(-1, 4),
        area=np.full(number, 100),
        is_small=np.array(
            [False] * number if is_small is None else is_small, bool
        ),
        rles=rles,
        videos={
            7: {
                'name': 'v',
                'file_names': [f'v/{i}.png' for i in range(3)],
                'width': SIZE[1],
                'height': SIZE[0],
                'sampled': list(sampled),
            }
        },
        classes=('cat', 'dog'),
        source='test',
    )
