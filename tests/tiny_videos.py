"""Small videos with label files, made where a test wants them."""

import copy
import json
from pathlib import Path

import numpy as np
from PIL import Image


def box_rle(box: tuple[int, int, int, int], height: int, width: int) -> dict:
    """Uncompressed RLE of a filled xyxy box, counted column by column."""
    left, top, right, bottom = box
    mask = np.zeros((height, width), dtype=bool)
    mask[top:bottom, left:right] = True
    runs, value, length = [], False, 0
    for pixel in mask.T.ravel():
        if pixel == value:
            length += 1
        else:
            runs.append(length)
            value, length = pixel, 1
    return {'size': [height, width], 'counts': [*runs, length]}


# two videos: a wide one of 4 frames, a high one of 3; categories not in
# the order of their ids
CONTENT = {
    'info': {'year': 2019, 'note': 'kept'},
    'videos': [
        {
            'id': 5,
            'width': 24,
            'height': 16,
            'length': 4,
            'file_names': [f'wide/{i:05d}.png' for i in range(4)],
            'licence': 'own',
        },
        {
            'id': 2,
            'width': 16,
            'height': 24,
            'length': 3,
            'file_names': [f'high/{i:05d}.png' for i in range(3)],
            'labelled_frames': [2, 0],
        },
    ],
    'categories': [
        {'id': 7, 'name': 'dog', 'supercategory': 'animal'},
        {'id': 3, 'name': 'cat'},
        {'id': 4, 'name': 'Giant_panda'},
    ],
    'annotations': [
        {
            'id': 11,
            'video_id': 2,
            'category_id': 3,
            'iscrowd': 0,
            'segmentations': [box_rle((1, 2, 5, 9), 24, 16), None, None],
            'hue': 'grey',
        },
        {
            'id': 4,
            'video_id': 5,
            'category_id': 7,
            'iscrowd': 0,
            'segmentations': [
                box_rle((i, 1, i + 6, 9), 16, 24) for i in range(3)
            ]
            + [None],
        },
        {
            'id': 6,
            'video_id': 5,
            'category_id': 3,
            'iscrowd': 0,
            'segmentations': [None, None, [[10, 10, 20, 10, 20, 14]], None],
        },
    ],
}


def make_content() -> dict:
    """A copy of the label file's content, free to be changed."""
    return copy.deepcopy(CONTENT)


def write_video_set(root: Path, content: dict | None = None) -> Path:
    """Write frames and label file; the frames say who they are.

    Every pixel of frame t of the video with id v is (v, t, column), so that
    a test can tell what it was given.

    Returns:
        The label file `root/labels.json`; the frames are in `root/frames`.
    """
    content = make_content() if content is None else content
    for video in content['videos']:
        for index, name in enumerate(video['file_names']):
            frame = np.zeros(
                (video['height'], video['width'], 3), dtype=np.uint8
            )
            frame[..., 0] = video['id']
            frame[..., 1] = index
            frame[..., 2] = np.arange(video['width'])
            path = root / 'frames' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(frame).save(path)
    path = root / 'labels.json'
    path.write_text(json.dumps(content))
    return path
