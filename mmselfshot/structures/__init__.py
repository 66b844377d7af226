"""Data structures shared by all parts."""

from mmselfshot.structures.duplicates import distinct_tracks
from mmselfshot.structures.mask_tracks import Tracks
from mmselfshot.structures.rle import (
    decode_mask,
    encode_mask,
    encode_masks,
    to_compressed,
)

__all__ = [
    'Tracks',
    'decode_mask',
    'distinct_tracks',
    'encode_mask',
    'encode_masks',
    'to_compressed',
]
