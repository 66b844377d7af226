"""The trivial prediction: the same mask and class in every video.

A model that has learned nothing from the pixels can still do this, so its
numbers belong beside a trained model's.
Ours: no paper gives it. The mask is cut from the mean of all training masks
at the level that leaves as many pixels as a training mask has on average.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from mmselfshot.evaluation.vis_ap import Labels
from mmselfshot.structures import decode_mask, encode_mask
from mmselfshot.utils import UserError


def predict_mean_mask(train: Labels, val: Labels) -> list[dict[str, Any]]:
    """Predict one track per video: mean training mask, commonest class.

    Args:
        train: Label file to learn mask and class from.
        val: Label file of the videos to predict; its annotations are not
            looked at.

    Returns:
        A result list, one track with score 1 per video of `val`, the same
        mask in all its frames, scaled to the video's size.

    Raises:
        UserError: If `train` has no masks, or `val` does not know the name
            of the commonest class.
    """
    category = _find_category(commonest_category(train), val)
    mean = mean_mask(train)
    mask = cut_at_mean_area(mean)
    encoded: dict[tuple[int, int], dict | None] = {}
    results = []
    for video_id, video in val.videos.items():
        size = (video['height'], video['width'])
        if size not in encoded:
            encoded[size] = encode_mask(_resize(mask, size) > 0.5)
        results.append(
            {
                'video_id': video_id,
                'category_id': category,
                'score': 1.0,
                'segmentations': [encoded[size]] * len(video['file_names']),
            }
        )
    return results


def commonest_category(labels: Labels) -> str:
    """Name of the category with the most tracks; of several, the first."""
    counts = Counter(
        annotation['category_id'] for annotation in _objects(labels)
    )
    if not counts:
        raise UserError(
            'the training label file has no annotations; give a labelled one'
        )
    most = max(counts.values())
    return next(
        category['name']
        for category in labels.categories
        if counts[category['id']] == most
    )


def mean_mask(labels: Labels) -> np.ndarray:
    """Mean of all masks, at the size that most videos have.

    Returns:
        (H, W) float in [0, 1]. Masks of another size are resampled by area.
    """
    sizes = Counter(
        (video['height'], video['width']) for video in labels.videos.values()
    )
    size = sizes.most_common(1)[0][0]
    total = np.zeros(size)
    num_masks = 0
    for annotation in _objects(labels):
        video = labels.videos[annotation['video_id']]
        for segmentation in annotation['segmentations']:
            if segmentation is None:
                continue
            mask = decode_mask(segmentation, video['height'], video['width'])
            if mask.any():
                total += _resize(mask, size)
                num_masks += 1
    if not num_masks:
        raise UserError(
            'the training label file has no masks; give a labelled one'
        )
    return total / num_masks


def cut_at_mean_area(mean: np.ndarray) -> np.ndarray:
    """Keep the most frequent pixels, as many as a mask has on average.

    Args:
        mean: (H, W) float in [0, 1], a mean of masks; its sum is their mean
            area.

    Returns:
        (H, W) bool, at least one True; of equal pixels the first in row
        order.
    """
    num_pixels = max(int(np.rint(mean.sum())), 1)
    kept = np.argsort(-mean, axis=None, kind='stable')[:num_pixels]
    mask = np.zeros(mean.size, dtype=bool)
    mask[kept] = True
    return mask.reshape(mean.shape)


def _objects(labels: Labels) -> Sequence[Mapping[str, Any]]:
    return [
        annotation
        for of_video in labels.annotations.values()
        for annotation in of_video
        if not annotation.get('iscrowd', 0)
    ]


def _find_category(name: str, labels: Labels) -> int:
    for category in labels.categories:
        if category['name'] == name:
            return category['id']
    raise UserError(
        f'the commonest training class {name!r} is not in the label file to '
        'predict; give two splits of the same data set'
    )


def _resize(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) bool to (H', W') float, the covered share of each pixel."""
    values = mask.astype(np.float32)
    if mask.shape == size:
        return values
    return cv2.resize(values, size[::-1], interpolation=cv2.INTER_AREA)
