"""Masks of a label file, refused when they do not fill their frame.

pycocotools decodes run lengths that end too early into memory that nobody
has written, without a word; so the runs are counted first.
"""

from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.structures import to_compressed
from mmselfshot.utils import UserError


def read_mask(segmentation: Any, height: int, width: int) -> dict | None:
    """Bring a mask to compressed RLE and check it.

    Args:
        segmentation: Compressed or uncompressed RLE, polygons, or None.
        height: Of the frame, in pixels.
        width: Likewise.

    Returns:
        `{'size': [H, W], 'counts': bytes}`, or None for None.

    Raises:
        UserError: If the form is unknown, the size is another one, or the
            runs do not fill the frame exactly.
    """
    try:
        rle = to_compressed(segmentation, height, width)
    except UserError:
        raise
    except Exception as error:  # pycocotools raises plain Exceptions
        raise UserError(
            f'a mask cannot be read ({error}); expected RLE or polygons'
        ) from None
    if rle is None:
        return None
    if count_pixels(rle['counts']) != height * width:
        raise UserError(
            f'a mask has broken run lengths; expected runs of '
            f'{height * width} pixels in all ({height} x {width})'
        )
    return rle


def count_pixels(counts: bytes) -> int | None:
    """Sum the runs of a mask in COCO's string format.

    A character holds 5 bits, the lowest first, and a bit that tells that
    more follow; from the fourth on a run is given as its difference to the
    run two before.

    Args:
        counts: Compressed run lengths.

    Returns:
        Pixels of background and object together; None if the string breaks
        off, has other characters or a negative run.
    """
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        digit = character - 48
        if not 0 <= digit < 64:
            return None
        value |= (digit & 31) << shift
        shift += 5
        if digit & 32:
            continue
        if digit & 16:
            value -= 1 << shift
        if len(runs) > 2:
            value += runs[-2]
        if value < 0:
            return None
        runs.append(value)
        value = shift = 0
    return None if shift else sum(runs)


def decode_mask(segmentation: Any, height: int, width: int) -> np.ndarray:
    """Decode a checked mask.

    Returns:
        (H, W) uint8, 1 = object; all 0 for None.

    Raises:
        UserError: See `read_mask`.
    """
    rle = read_mask(segmentation, height, width)
    if rle is None:
        return np.zeros((height, width), dtype=np.uint8)
    return coco_mask.decode(rle)
