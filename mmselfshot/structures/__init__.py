"""Data structures shared by all parts."""

from mmselfshot.structures.rle import (
    decode_mask,
    encode_mask,
    encode_masks,
    to_compressed,
)

__all__ = ['decode_mask', 'encode_mask', 'encode_masks', 'to_compressed']
