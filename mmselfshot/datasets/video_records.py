"""From the record of a video to the frames of a sample.

A record is what the data set keeps of a video or of a window of one:
`video_id`, `video_length`, `start` (index of its first frame in the video),
`width`, `height` (pixels), `file_names` (paths), `labelled` (indices within
the record) and `annotations` (dicts `id`, `label`, `segmentations`).
"""

from collections.abc import Sequence
from typing import NamedTuple


class SampleOutline(NamedTuple):
    """What samplers need to know of one index of the data set.

    Attributes:
        video_id: Id of the video.
        num_frames: Frames of the video (training) or window (test).
        width: Of the frames as they lie on disk, in pixels.
        height: Likewise.
    """

    video_id: int
    num_frames: int
    width: int
    height: int


def outline_of(record: dict) -> SampleOutline:
    """The outline of a record."""
    return SampleOutline(
        record['video_id'],
        len(record['file_names']),
        record['width'],
        record['height'],
    )


def split_into_windows(record: dict, size: int) -> list[dict]:
    """Cut a video into records of `size` frames; the last may be shorter."""
    windows = []
    for start in range(0, record['video_length'], size):
        stop = min(start + size, record['video_length'])
        annotations = [
            {**one, 'segmentations': one['segmentations'][start:stop]}
            for one in record['annotations']
        ]
        windows.append(
            {
                **record,
                'start': start,
                'file_names': record['file_names'][start:stop],
                'labelled': [
                    index - start
                    for index in record['labelled']
                    if start <= index < stop
                ],
                'annotations': annotations,
            }
        )
    return windows


def collect_frames(record: dict, indices: Sequence[int]) -> dict[str, list]:
    """Make the pipeline's dict of lists from frames of a record.

    Args:
        record: A video or window.
        indices: Of frames within the record.

    Returns:
        Lists with one entry per index: `img_path`, `frame_id`,
        `is_labelled`, `instances` (dicts `annotation_id`, `label`,
        `segmentation`; none where unlabelled), `video_id`, `video_length`,
        `height`, `width`.
    """
    labelled = set(record['labelled'])
    frames = {
        'img_path': [record['file_names'][index] for index in indices],
        'frame_id': [record['start'] + index for index in indices],
        'is_labelled': [index in labelled for index in indices],
        'instances': [
            _instances_of(record, index) if index in labelled else []
            for index in indices
        ],
    }
    for key in ('video_id', 'video_length', 'height', 'width'):
        frames[key] = [record[key]] * len(indices)
    return frames


def _instances_of(record: dict, index: int) -> list[dict]:
    return [
        {
            'annotation_id': one['id'],
            'label': one['label'],
            'segmentation': one['segmentations'][index],
        }
        for one in record['annotations']
        if one['segmentations'][index]
    ]
