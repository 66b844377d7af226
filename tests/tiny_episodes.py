"""A small label file of videos with targets, for episodes."""

import copy
import json
from pathlib import Path

from tiny_videos import box_rle, write_video_set

HEIGHT, WIDTH = 16, 24
NAMES = ('cat', 'dog', 'hen')


def make_episodes(
    kinds=((1,), (1,), (1,), (2,), (2,)), length=6, has_targets=True
) -> dict:
    """Videos v1, v2, ...; of each, an annotation for each of its kinds.

    The first kind of a video is its target. The i-th annotation of a video
    is a box of 4 columns from column 6 i on, in all frames but the first.
    """
    content = {
        'categories': [
            {'id': number + 1, 'name': name}
            for number, name in enumerate(NAMES)
        ],
        'videos': [],
        'annotations': [],
    }
    for number, many in enumerate(kinds, 1):
        video = {
            'id': number,
            'width': WIDTH,
            'height': HEIGHT,
            'length': length,
            'file_names': [f'v{number}/{t:05d}.png' for t in range(length)],
        }
        if has_targets:
            video['target_ids'] = [many[0]]
        content['videos'].append(video)
        for place, kind in enumerate(many):
            box = box_rle((6 * place, 4, 6 * place + 4, 12), HEIGHT, WIDTH)
            one = {
                'id': len(content['annotations']) + 1,
                'video_id': number,
                'category_id': kind,
                'iscrowd': 0,
                'segmentations': [None]
                + [copy.deepcopy(box) for _ in range(length - 1)],
            }
            if has_targets:
                one['is_target'] = place == 0
            content['annotations'].append(one)
    return content


def write_episodes(root: Path, content: dict | None = None) -> dict:
    """Write frames, labels, a split where hens are unseen; give arguments.

    Every pixel of frame t of video v is (v, t, column).
    """
    ann_file = write_video_set(root, content or make_episodes())
    split = {
        'seen': ['cat', 'dog'],
        'seen_ids': [1, 2],
        'unseen': ['hen'],
        'unseen_ids': [3],
    }
    (root / 'split.json').write_text(json.dumps(split))
    return {
        'ann_file': str(ann_file),
        'data_prefix': {'img': str(root / 'frames')},
        'num_frames': 3,
        'support_frames': 2,
        'num_supports': 2,
    }


def write_pairs(path: Path, rows) -> str:
    """Write a file of pairs from rows of video id, kinds and supports."""
    pairs = [
        {
            'video_id': video_id,
            'name': f'v{video_id}',
            'category_ids': list(kinds),
            'supports': list(supports),
        }
        for video_id, kinds, supports in rows
    ]
    k = max(len(pair['supports']) for pair in pairs)
    content = {
        'format': 'mmselfshot support pairs',
        'version': 1,
        'settings': {'k': k, 'seed': 0},
        'pairs': pairs,
    }
    path.write_text(json.dumps(content))
    return str(path)
