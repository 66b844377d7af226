"""Tiny label and result files made of boxes, for the tests of scoring."""

from types import SimpleNamespace

import numpy as np

from mmselfshot.structures import encode_mask

HEIGHT, WIDTH = 12, 20


def box(x, y, width, height):
    """A mask of `width` x `height` pixels at column x, row y."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[y : y + height, x : x + width] = True
    return encode_mask(mask)


def video(video_id, length, **fields):
    return {
        'id': video_id,
        'height': HEIGHT,
        'width': WIDTH,
        'length': length,
        'file_names': [f'v{video_id}/{t:05d}.jpg' for t in range(length)],
        **fields,
    }


def annotation(video_id, masks, category_id=1, **fields):
    return {
        'video_id': video_id,
        'category_id': category_id,
        'segmentations': masks,
        **fields,
    }


def track(video_id, masks, category_id=1, score=0.9):
    return {
        'video_id': video_id,
        'category_id': category_id,
        'score': score,
        'segmentations': masks,
    }


def content(videos, annotations, category_ids=(1, 2)):
    """A label file's JSON; annotations get ids from 1."""
    return {
        'videos': videos,
        'categories': [{'id': k, 'name': f'kind {k}'} for k in category_ids],
        'annotations': [
            {'id': n, 'iscrowd': 0, **one}
            for n, one in enumerate(annotations, 1)
        ],
    }


def labels(videos, annotations, category_ids=(1, 2)):
    """The same as the object that scoring reads."""
    whole = content(videos, annotations, category_ids)
    return SimpleNamespace(
        categories=whole['categories'],
        videos={one['id']: one for one in videos},
        annotations={
            one['id']: [
                ann
                for ann in whole['annotations']
                if ann['video_id'] == one['id']
            ]
            for one in videos
        },
    )


def random_case(seed, num_videos=4, with_areas=True):
    """A random label file and result list: ties, gaps, crowds, overlaps."""
    rng = np.random.default_rng(seed)
    videos, annotations, results = [], [], []
    for video_id in rng.permutation(num_videos * 3)[:num_videos] + 1:
        video_id, length = int(video_id), int(rng.integers(1, 4))
        videos.append(video(video_id, length))
        shapes = []
        for _ in range(rng.integers(0, 4)):
            shape = _random_box(rng)
            shapes.append(shape)
            masks = [_moved(rng, shape, 1, 0.8) for _ in range(length)]
            annotations.append(
                annotation(
                    video_id,
                    masks,
                    int(rng.integers(1, 4)),
                    iscrowd=int(rng.random() < 0.15),
                    areas=[
                        mask
                        and float(rng.choice([50, 128**2, 200**2, 300**2]))
                        for mask in masks
                    ],
                )
            )
        for _ in range(rng.integers(0, 7)):
            near = shapes and rng.random() < 0.7
            shape = shapes[rng.integers(len(shapes))] if near else None
            shape = shape or _random_box(rng)
            results.append(
                track(
                    video_id,
                    [_moved(rng, shape, 2, 0.85) for _ in range(length)],
                    int(rng.integers(1, 4)),
                    float(rng.integers(1, 5)) / 4,
                )
            )
    return videos, annotations, results


def _random_box(rng):
    width, height = rng.integers(3, 8, 2)
    return (
        int(rng.integers(0, WIDTH - width)),
        int(rng.integers(0, HEIGHT - height)),
        int(width),
        int(height),
    )


def _moved(rng, shape, step, visible):
    if rng.random() > visible:
        return None
    x, y = np.clip(
        np.array(shape[:2]) + rng.integers(-step, step + 1, 2), 0, 9
    )
    return box(int(x), int(y), *shape[2:])
