"""Which videos hide an object for a time, from their true labels.

Ours. An object is hidden in a frame between its first and its last mask if
- it has no mask there: covered whole, or out of the picture and back; or
- its area is below `drop` of the median of its areas, and its box does not
  touch the border of the picture, so that something must lie before it.
Masks are modal, so an occluder need not be labelled itself. With ToyVIS's
change of size (at most a quarter) a growing or shrinking object keeps above
half of its median. In frames that are not labelled nothing is known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.structures import to_compressed

DROP = 0.5


def occluded_videos(labels: LabelFile, drop: float = DROP) -> list[int]:
    """Ids of the videos in which some object is hidden for a time."""
    return [
        video_id
        for video_id, video in labels.videos.items()
        if any(
            find_hidden_frames(
                annotation['segmentations'],
                (video['height'], video['width']),
                labels.labelled_frames(video_id),
                drop,
            )
            for annotation in labels.annotations[video_id]
        )
    ]


def find_hidden_frames(
    segmentations: Sequence[Mapping[str, Any] | None],
    size: tuple[int, int],
    frames: Sequence[int] | None = None,
    drop: float = DROP,
) -> list[int]:
    """The frames in which an object is hidden, see the head of this file.

    Args:
        segmentations: One mask or None per frame, in any form.
        size: Height and width of the video, in pixels.
        frames: Labelled frames, ascending; None means all.
        drop: Share of the median area below which an object is hidden, in
            [0, 1].

    Returns:
        Indices, ascending.
    """
    height, width = size
    frames = range(len(segmentations)) if frames is None else frames
    areas, at_border = [], []
    for frame in frames:
        rle = to_compressed(segmentations[frame], height, width)
        areas.append(0 if rle is None else int(coco_mask.area(rle)))
        box = (0, 0, 0, 0) if rle is None else coco_mask.toBbox(rle)
        left, top, wide, high = box
        at_border.append(
            left <= 0
            or top <= 0
            or left + wide >= width
            or top + high >= height
        )
    areas = np.array(areas)
    visible = np.flatnonzero(areas)
    if len(visible) == 0:
        return []
    is_small = areas < drop * np.median(areas[visible])
    is_hidden = is_small & ((areas == 0) | ~np.array(at_border))
    return [
        frames[n] for n in range(visible[0] + 1, visible[-1]) if is_hidden[n]
    ]
