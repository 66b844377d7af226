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
    # evaluation reads label files too, so this waits until both are there
    from mmselfshot.evaluation.run_lengths import mask_areas

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
    _, is_valid = mask_areas([rle['counts'].decode()], height * width)
    if not is_valid[0]:
        raise UserError(
            f'a mask has broken run lengths; expected runs of '
            f'{height * width} pixels in all ({height} x {width})'
        )
    return rle


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
