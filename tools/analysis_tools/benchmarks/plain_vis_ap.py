"""VIS AP written down as it is defined, one pair and one frame at a time.

The plain reference of the benchmark and of the tests: it shares no code
with `mmselfshot.evaluation` and takes the masks as compressed RLE only.
Source: the rules of the official YouTube-VIS evaluator, in words in the
headers of `mmselfshot/evaluation`.
"""

from collections import defaultdict

import numpy as np
from pycocotools import mask as coco_mask

IOU_THRS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
SIZES = ((0, 1e10), (0, 128**2), (128**2, 256**2), (256**2, 1e10))
LIMITS = (1, 10, 100)


def evaluate_plainly(truth, results, pooled=False):
    """Score a result list.

    Args:
        truth: Content of a label file with compressed RLE.
        results: Content of a result file with compressed RLE.
        pooled: Do not look at categories.

    Returns:
        precision (10, 101, K, 4, 3), recall (10, K, 4, 3) and scores
        (10, 101, K, 4, 3), categories by ascending id.
    """
    videos = sorted(video['id'] for video in truth['videos'])
    categories = sorted(entry['id'] for entry in truth['categories'])
    objects, tracks = defaultdict(list), defaultdict(list)
    for annotation in truth['annotations']:
        seen = [area for area in annotation['areas'] if area]
        objects[annotation['video_id'], annotation['category_id']].append(
            {
                'masks': annotation['segmentations'],
                'area': np.mean(seen) if seen else 0,
                'crowd': bool(annotation.get('iscrowd', 0)),
            }
        )
    for result in results:
        areas = [
            coco_mask.area(m) if m else 0 for m in result['segmentations']
        ]
        seen = [area for area in areas if area]
        tracks[result['video_id'], result['category_id']].append(
            {
                'masks': result['segmentations'],
                'area': np.mean(seen) if seen else 0,
                'score': result['score'],
            }
        )
    if pooled:
        objects = _pool(objects)
        tracks = _pool(tracks)
        categories = [None]

    shape = (len(categories), len(SIZES), len(LIMITS))
    precision = -np.ones((len(IOU_THRS), len(RECALLS), *shape))
    scores = -np.ones((len(IOU_THRS), len(RECALLS), *shape))
    recall = -np.ones((len(IOU_THRS), *shape))
    for k, category in enumerate(categories):
        groups = []
        for video in videos:
            of_video = tracks[video, category]
            of_video = sorted(of_video, key=lambda track: -track['score'])
            of_video = of_video[: max(LIMITS)]
            there = objects[video, category]
            ious = [
                [_iou(track['masks'], one['masks']) for one in there]
                for track in of_video
            ]
            groups.append((of_video, there, ious))
        for a, size in enumerate(SIZES):
            outcomes = [
                [_match(*group, size, thr) for group in groups]
                for thr in IOU_THRS
            ]
            num_objects = sum(
                not _is_ignored(one, size)
                for _, there, _ in groups
                for one in there
            )
            if not num_objects:
                continue
            for m, limit in enumerate(LIMITS):
                for t in range(len(IOU_THRS)):
                    curve = _curve(outcomes[t], limit, num_objects)
                    precision[t, :, k, a, m] = curve[0]
                    recall[t, k, a, m] = curve[1]
                    scores[t, :, k, a, m] = curve[2]
    return precision, recall, scores


def _pool(by_category):
    pooled = defaultdict(list)
    for video, category in sorted(by_category):
        pooled[video, None] += by_category[video, category]
    return pooled


def _iou(masks, others):
    shared = joined = 0.0
    for mask, other in zip(masks, others):
        if mask and other:
            shared += coco_mask.area(coco_mask.merge([mask, other], True))
            joined += coco_mask.area(coco_mask.merge([mask, other], False))
        elif mask or other:
            joined += coco_mask.area(mask or other)
    return shared / joined if joined > 0 else 0.0


def _is_ignored(one, size):
    return one['crowd'] or one['area'] < size[0] or one['area'] > size[1]


def _match(tracks, objects, ious, size, thr):
    """(score, is matched, is ignored) of each track."""
    ordinary = [g for g, o in enumerate(objects) if not _is_ignored(o, size)]
    ignored = [g for g, o in enumerate(objects) if _is_ignored(o, size)]
    taken = set()
    outcome = []
    for d, track in enumerate(tracks):
        partner = None
        for candidates in (ordinary, ignored):
            best = min(thr, 1 - 1e-10)
            for g in candidates:
                if g in taken and not objects[g]['crowd']:
                    continue
                if ious[d][g] >= best:
                    best, partner = ious[d][g], g
            if partner is not None:
                break
        if partner is None:
            is_ignored = not size[0] <= track['area'] <= size[1]
        else:
            taken.add(partner)
            is_ignored = partner in ignored
        outcome.append((track['score'], partner is not None, is_ignored))
    return outcome


def _curve(outcomes, limit, num_objects):
    """Precision at the recall points, last recall, scores there."""
    rows = [row for outcome in outcomes for row in outcome[:limit]]
    rows.sort(key=lambda row: -row[0])
    hits = misses = 0
    recalls, precisions, row_scores = [], [], []
    for score, is_matched, is_ignored in rows:
        hits += is_matched and not is_ignored
        misses += not is_matched and not is_ignored
        recalls.append(hits / num_objects)
        precisions.append(hits / (hits + misses + np.spacing(1)))
        row_scores.append(score)
    for n in range(len(precisions) - 1, 0, -1):
        precisions[n - 1] = max(precisions[n - 1], precisions[n])
    at_points, score_at_points = np.zeros(len(RECALLS)), np.zeros(len(RECALLS))
    places = np.searchsorted(recalls, RECALLS, side='left')
    for r, place in enumerate(places):
        if place < len(recalls):
            at_points[r] = precisions[place]
            score_at_points[r] = row_scores[place]
    return at_points, recalls[-1] if recalls else 0.0, score_at_points
