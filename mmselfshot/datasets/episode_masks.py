"""Masks of the targets of an episode, and pixels that losses leave out.

Shapes: G targets, T frames, H W pixels.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmselfshot.datasets.episode_records import FOREIGN, TARGET
from mmselfshot.datasets.mask_reading import decode_mask
from mmselfshot.utils import UserError


def read_episode_masks(
    record: Mapping,
    categories: Collection[int],
    numbers: Sequence[int],
    has_ignored: bool = False,
) -> tuple[Tensor, Tensor]:
    """Decode the masks of some frames; of no other instance or frame.

    Args:
        record: Of the query, see `episode_records`.
        categories: Ids of the targets.
        numbers: T frames of the query, also repeated.
        has_ignored: Whether pixels of foreign instances are ignored.

    Returns:
        masks: (G, T, H, W) bool, of targets that are in one of the frames.
        ignored: (T, H, W) bool, of no target.

    Raises:
        UserError: If a mask cannot be decoded or has another size.
    """
    size = record['height'], record['width']
    masks, ignored = [], np.zeros((len(numbers), *size), dtype=bool)
    for one in record['annotations']:
        is_target = one['role'] == TARGET and one['category_id'] in categories
        is_ignored = has_ignored and one['role'] == FOREIGN
        if not (is_target or is_ignored):
            continue
        segmentations = [one['segmentations'][number] for number in numbers]
        if not any(segmentations):
            continue
        decoded = _decode(segmentations, size, record, one['id'])
        if is_ignored:
            ignored |= decoded
        elif decoded.any():
            masks.append(decoded)
    stack = np.zeros((0, len(numbers), *size), dtype=bool)
    if masks:
        stack = np.stack(masks)
        ignored &= ~stack.any(0)
    return torch.from_numpy(stack), torch.from_numpy(ignored)


def _decode(
    segmentations: Sequence[Any],
    size: tuple[int, int],
    record: Mapping,
    annotation_id: int,
) -> np.ndarray:
    """(T, H, W) bool; a repeated frame is decoded once."""
    decoded = np.zeros((len(segmentations), *size), dtype=bool)
    for turn, one in enumerate(segmentations):
        if turn and one is segmentations[turn - 1]:
            decoded[turn] = decoded[turn - 1]
        elif one:
            try:
                decoded[turn] = decode_mask(one, *size)
            except UserError as error:
                raise UserError(
                    f'video {record["label_video_id"]}, annotation '
                    f'{annotation_id}: {error}'
                ) from None
    return decoded
