"""Areas of compressed run-length masks, with a check of their runs.

Source: the string format of COCO's mask API (6 bits a character, runs from
the fourth on as the difference to the run two before).
Ours: many masks are decoded at once; and strings that the mask API would
read wrongly, or never finish reading, are found.
"""

from collections.abc import Sequence

import numpy as np

_MASKS_AT_ONCE = 256  # bounds the memory: about 100 bytes per character
_MAX_DIGITS = 7  # of one run; 5 bits each, so more than 32 bits


def mask_areas(
    counts: Sequence[bytes], num_pixels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count the object pixels of each mask and check its runs.

    Args:
        counts: M strings of compressed run lengths.
        num_pixels: Height x width of the frame.

    Returns:
        areas: (M,) int64, pixels; 0 where the runs are wrong.
        is_valid: (M,) bool, True where the string ends properly, no run is
            negative and the runs fill the frame exactly.
    """
    areas = np.zeros(len(counts), dtype=np.int64)
    is_valid = np.zeros(len(counts), dtype=bool)
    for start in range(0, len(counts), _MASKS_AT_ONCE):
        part = slice(start, start + _MASKS_AT_ONCE)
        areas[part], is_valid[part] = _mask_areas(counts[part], num_pixels)
    return areas, is_valid


def _mask_areas(
    counts: Sequence[bytes], num_pixels: int
) -> tuple[np.ndarray, np.ndarray]:
    num_chars = np.array([len(text) for text in counts])
    is_text = num_chars > 0
    if not is_text.all():
        areas = np.zeros(len(counts), dtype=np.int64)
        is_valid = is_text.copy()
        if is_text.any():
            areas[is_text], is_valid[is_text] = _mask_areas(
                [text for text in counts if text], num_pixels
            )
        return areas, is_valid

    code = np.frombuffer(b''.join(counts), dtype=np.uint8) - np.uint8(48)
    mask_end = np.cumsum(num_chars)
    mask_start = mask_end - num_chars
    is_last = (code & 32) == 0
    ends_properly = is_last[mask_end - 1] & (
        np.maximum.reduceat(code, mask_start) < 64
    )
    is_last[mask_end - 1] = True

    values, too_long = _join_digits(code, is_last)
    value_end = np.cumsum(is_last)[mask_end - 1]
    first = np.concatenate(([0], value_end[:-1]))
    runs, is_object = _undo_differences(values, first, value_end - first)
    areas = np.add.reduceat(np.where(is_object, runs, 0), first)
    is_valid = (
        ends_properly
        & (np.add.reduceat(runs, first) == num_pixels)
        & (np.minimum.reduceat(runs, first) >= 0)
        & ~np.logical_or.reduceat(too_long, first)
    )
    return np.where(is_valid, areas, 0), is_valid


def _join_digits(
    code: np.ndarray, is_last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put the 5-bit digits of each value together, lowest digit first."""
    ends = np.flatnonzero(is_last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    num_digits = ends - starts + 1
    too_long = num_digits > _MAX_DIGITS
    place = np.arange(len(code)) - np.repeat(starts, num_digits)
    digits = (code & 31).astype(np.int64) << 5 * np.minimum(place, _MAX_DIGITS)
    values = np.add.reduceat(digits, starts)
    is_negative = (code[ends] & 16) > 0
    values[is_negative] -= (
        np.int64(1) << 5 * np.minimum(num_digits, _MAX_DIGITS)[is_negative]
    )
    return values, too_long


def _undo_differences(
    values: np.ndarray, first: np.ndarray, num_runs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn values into run lengths; also tell which runs are object."""
    chain = np.empty(len(values) + 1, dtype=np.int64)
    chain[0] = 0
    chain[1::2] = np.cumsum(values[0::2])
    chain[2::2] = np.cumsum(values[1::2])
    index = np.arange(len(values)) - np.repeat(first, num_runs)
    is_object = (index & 1).astype(bool)
    before = np.where(
        is_object,
        np.repeat(chain[first], num_runs),
        np.repeat(chain[first + 1], num_runs),
    )
    runs = chain[1:] - before
    runs[first] = values[first]
    return runs, is_object
