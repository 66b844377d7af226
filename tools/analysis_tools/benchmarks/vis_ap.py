"""CPU time of VIS AP against the plain reference, on generated videos.

Both score the same result list in this process, class-aware and pooled; the
arrays must be equal. Generating the masks takes part of a minute and is not
counted.

Example:
    python tools/analysis_tools/benchmarks/vis_ap.py --videos 300
"""

import argparse
import resource
import time
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
from plain_vis_ap import evaluate_plainly
from pycocotools import mask as coco_mask

from mmselfshot.evaluation.vis_ap import evaluate_vis
from mmselfshot.utils import UserError, run_tool

NUM_OBJECTS = 2
NUM_CATEGORIES = 8
WANTED = {'category': 1.4, 'pooled': 2.0}  # at least this many times faster


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--videos', type=int, default=300)
    parser.add_argument('--predictions', type=int, default=10)
    parser.add_argument('--frames', type=int, default=30)
    parser.add_argument('--size', type=int, nargs=2, default=(360, 640))
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def make_case(
    num_videos: int,
    num_predictions: int,
    num_frames: int,
    size: tuple[int, int],
    seed: int,
) -> tuple[dict, list[dict]]:
    """Generate ragged ellipses that move, and predictions near them.

    Returns:
        Contents of a label file and of a result file, compressed RLE.
    """
    rng = np.random.default_rng(seed)
    videos, annotations, results = [], [], []
    for video_id in range(1, num_videos + 1):
        names = [f'{video_id:04d}/{t:05d}.jpg' for t in range(num_frames)]
        videos.append(
            {
                'id': video_id,
                'height': size[0],
                'width': size[1],
                'length': num_frames,
                'file_names': names,
            }
        )
        paths = [_draw_path(rng, num_frames, size) for _ in range(NUM_OBJECTS)]
        categories = rng.integers(1, NUM_CATEGORIES + 1, NUM_OBJECTS).tolist()
        if rng.random() < 0.5:  # as often in videos: all of one category
            categories = categories[:1] * NUM_OBJECTS
        for path, category in zip(paths, categories):
            masks = _draw_track(rng, path, size)
            annotations.append(
                {
                    'id': len(annotations) + 1,
                    'video_id': video_id,
                    'category_id': category,
                    'iscrowd': 0,
                    'segmentations': masks,
                    'areas': [m and int(coco_mask.area(m)) for m in masks],
                }
            )
        for n in range(num_predictions):
            follows = n % (2 * NUM_OBJECTS)
            category = int(rng.integers(1, NUM_CATEGORIES + 1))
            if rng.random() < 0.6:
                category = categories[n % NUM_OBJECTS]
            if follows < NUM_OBJECTS:
                path = paths[follows] + rng.normal(0, 4, 4)
            else:
                path = _draw_path(rng, num_frames, size)
            results.append(
                {
                    'video_id': video_id,
                    'category_id': category,
                    'score': round(float(rng.random()), 2),
                    'segmentations': _draw_track(rng, path, size),
                }
            )
    truth = {
        'videos': videos,
        'categories': [
            {'id': k, 'name': f'kind {k}'}
            for k in range(1, NUM_CATEGORIES + 1)
        ],
        'annotations': annotations,
    }
    return truth, results


def _draw_path(
    rng: np.random.Generator, num_frames: int, size: tuple[int, int]
) -> np.ndarray:
    """(T, 4) float: x, y, half width, half height, in pixels."""
    height, width = size
    start, end = rng.uniform(0, 1, (2, 2)) * (width, height)
    halves = rng.uniform(0.1, 0.3, 2) * height
    steps = np.linspace(0, 1, num_frames)[:, None]
    centres = start + (end - start) * steps
    return np.hstack([centres, np.tile(halves, (num_frames, 1))])


def _draw_track(
    rng: np.random.Generator, path: np.ndarray, size: tuple[int, int]
) -> list[dict | None]:
    """Masks along a path; one frame in ten has none."""
    hidden = rng.random(len(path)) < 0.1
    return [
        None if is_hidden else _draw_mask(rng, place, size)
        for is_hidden, place in zip(hidden, path)
    ]


def _draw_mask(
    rng: np.random.Generator, place: np.ndarray, size: tuple[int, int]
) -> dict | None:
    """An ellipse with a ragged outline, written as runs directly."""
    height, width = size
    x, y, half_width, half_height = place
    columns = np.arange(
        max(int(x - half_width), 0), min(int(x + half_width) + 1, width)
    )
    inside = 1 - ((columns - x) / max(half_width, 1)) ** 2
    columns, inside = columns[inside > 0], inside[inside > 0]
    reach = np.sqrt(inside) * half_height
    ragged = rng.integers(-2, 3, (2, len(columns)))
    top = np.clip(y - reach + ragged[0], 0, height).astype(int)
    bottom = np.clip(y + reach + ragged[1], 0, height - 1).astype(int)
    kept = bottom > top
    if not kept.any():
        return None
    starts = (columns * height + top)[kept]
    ends = (columns * height + bottom)[kept]
    edges = np.stack([starts, ends], 1).ravel()
    runs = np.diff(edges, prepend=0, append=height * width)
    rle = coco_mask.frPyObjects(
        {'size': list(size), 'counts': runs.tolist()}, height, width
    )
    return {'size': list(size), 'counts': rle['counts'].decode('ascii')}


def measure(truth: dict, results: list[dict], view: str) -> float:
    """Time both, print a line, and return how many times ours is faster."""
    annotations = defaultdict(list)
    for annotation in truth['annotations']:
        annotations[annotation['video_id']].append(annotation)
    labels = SimpleNamespace(
        categories=truth['categories'],
        videos={video['id']: video for video in truth['videos']},
        annotations=annotations,
    )
    start = time.process_time()
    ours = evaluate_vis(labels, results, view=view)
    own_time = time.process_time() - start
    memory = peak_memory()
    start = time.process_time()
    plain = evaluate_plainly(truth, results, pooled=view == 'pooled')
    plain_time = time.process_time() - start
    for name, wanted in zip(('precision', 'recall', 'scores'), plain):
        if not np.array_equal(getattr(ours, name), wanted):
            raise AssertionError(f'{view}: {name} differs from the reference')
    ratio = plain_time / own_time
    print(
        f'{view}: {own_time:.2f} CPU s, plain reference {plain_time:.2f}, '
        f'ratio {ratio:.2f} (at least {WANTED[view]} wanted); AP '
        f'{ours.stats()["AP"]:.4f}, arrays identical; peak memory '
        f'{memory:.0f} MB'
    )
    return ratio


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    args = parse_args()
    truth, results = make_case(
        args.videos, args.predictions, args.frames, args.size, args.seed
    )
    print(
        f'{args.videos} videos x {args.predictions} predictions, '
        f'{args.frames} frames of {args.size[0]}x{args.size[1]}; '
        f'peak memory with the masks {peak_memory():.0f} MB'
    )
    ratios = {view: measure(truth, results, view) for view in WANTED}
    slow = [view for view in WANTED if ratios[view] < WANTED[view]]
    if slow:
        raise UserError(f'slower than wanted: {" and ".join(slow)}')


if __name__ == '__main__':
    run_tool(main)
