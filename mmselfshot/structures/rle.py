"""Run-length encoded masks, in every form that label files use.

Forms: compressed RLE (`counts` is text or bytes), uncompressed RLE
(`counts` is a list), polygons (list of flat xy lists), None for no mask.
"""

from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.utils.errors import UserError


def encode_masks(masks: np.ndarray) -> list[dict | None]:
    """Encode a stack of masks as compressed RLE with text counts.

    Args:
        masks: (N, H, W) bool or uint8, non-zero = object.

    Returns:
        N times `{'size': [H, W], 'counts': str}`, None for an empty mask.
    """
    if len(masks) == 0:
        return []
    stacked = np.asfortranarray(
        masks.astype(np.uint8, copy=False).transpose(1, 2, 0)
    )
    has_pixel = masks.reshape(len(masks), -1).any(1)
    rles = []
    for rle, seen in zip(coco_mask.encode(stacked), has_pixel):
        size = [int(side) for side in rle['size']]
        rles.append(
            {'size': size, 'counts': rle['counts'].decode('ascii')}
            if seen
            else None
        )
    return rles


def encode_mask(mask: np.ndarray) -> dict | None:
    """Encode one (H, W) mask; None if it is empty."""
    return encode_masks(mask[None])[0]


def to_compressed(segmentation: Any, height: int, width: int) -> dict | None:
    """Bring any form of a mask to compressed RLE as pycocotools takes it.

    Args:
        segmentation: Compressed or uncompressed RLE, polygons, or None.
        height: Expected rows, in pixels.
        width: Expected columns, in pixels.

    Returns:
        `{'size': [H, W], 'counts': bytes}`, or None for None.

    Raises:
        UserError: If the form is unknown or the size is another one.
    """
    if segmentation is None:
        return None
    if isinstance(segmentation, list):
        if not segmentation:
            return None
        rles = coco_mask.frPyObjects(segmentation, height, width)
        return coco_mask.merge(rles)
    if not isinstance(segmentation, dict) or not (
        {'size', 'counts'} <= set(segmentation)
    ):
        raise UserError(
            f'a mask is {type(segmentation).__name__}, expected RLE with '
            "'size' and 'counts', polygons or null"
        )
    size = list(segmentation['size'])
    if size != [height, width]:
        raise UserError(
            f'a mask has size {size}, its video has {[height, width]} '
            '(height, width); run tools/dataset_tools/check_dataset.py'
        )
    counts = segmentation['counts']
    if isinstance(counts, list):
        if sum(counts) != height * width:
            raise UserError(
                f'a mask has runs of {sum(counts)} pixels in all, its video '
                f'has {height * width} per frame; run '
                'tools/dataset_tools/check_dataset.py'
            )
        return coco_mask.frPyObjects(segmentation, height, width)
    if isinstance(counts, str):
        counts = counts.encode('ascii')
    return {'size': size, 'counts': counts}


def decode_mask(segmentation: Any, height: int, width: int) -> np.ndarray:
    """Decode any form of a mask.

    Returns:
        (H, W) bool, all False for None.

    Raises:
        UserError: See `to_compressed`.
    """
    rle = to_compressed(segmentation, height, width)
    if rle is None:
        return np.zeros((height, width), dtype=bool)
    return coco_mask.decode(rle).astype(bool)
