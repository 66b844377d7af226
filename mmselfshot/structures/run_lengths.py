"""Areas and spans of run-length masks, with a check of their runs.

Source: the string format of COCO's mask API: 5 bits a character, lowest
first, bit 6 tells that more follow; runs from the fourth on are differences
to the run two before; background and object take turns, background first.
Ours: many masks are read at once; and runs that do not fill the frame, which
the mask API would never finish reading, are found.
"""

from collections.abc import Sequence

import numpy as np

_MASKS_AT_ONCE = 512  # bounds the memory: about 50 bytes per character
_MAX_DIGITS = 7  # of one run; 5 bits each, so more than 32 bits


def measure_masks(
    counts: Sequence[str], num_pixels: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure many masks of one frame size and check their runs.

    Args:
        counts: M strings of compressed run lengths, ASCII.
        num_pixels: Height x width of the frame.

    Returns:
        areas: (M,) int64, object pixels.
        spans: (M, 2) int64, the first object pixel and the one after the
            last, counted column by column.
        is_valid: (M,) bool, True where the string ends properly, no run is
            negative and the runs fill the frame exactly. Where it is False
            the other two mean nothing.
    """
    areas = np.zeros(len(counts), dtype=np.int64)
    spans = np.zeros((len(counts), 2), dtype=np.int64)
    is_valid = np.zeros(len(counts), dtype=bool)
    for start in range(0, len(counts), _MASKS_AT_ONCE):
        part = slice(start, start + _MASKS_AT_ONCE)
        values, first, ends_properly = _read_values(counts[part])
        sums, last_run, is_positive = _sum_runs(values, first)
        areas[part] = sums[1]
        is_valid[part] = (
            ends_properly & is_positive & (sums.sum(0) == num_pixels)
        )
        ends_with_background = np.diff(first) % 2 == 1
        spans[part, 0] = np.append(values, 0)[first[:-1]]
        spans[part, 1] = num_pixels - last_run * ends_with_background
    return areas, spans, is_valid


def _read_values(
    counts: Sequence[str],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put the digits of each value together.

    Returns:
        values: (V,) int64, of all masks.
        first: (M + 1,) int, where the values of each mask start and end.
        is_proper: (M,) bool, False for strings that are empty, break off,
            hold other characters or too long numbers.
    """
    mask_end = np.cumsum([len(text) for text in counts])
    code = np.frombuffer(''.join(counts).encode('ascii'), dtype=np.uint8)
    code = code - np.uint8(48)
    is_proper = np.diff(mask_end, prepend=0) > 0
    last = mask_end[is_proper] - 1
    is_proper[is_proper] = code[last] < 32
    code[last] &= 31
    if len(code) and code.max() > 63:
        wrong = np.flatnonzero(code > 63)
        is_proper[np.searchsorted(mask_end, wrong, side='right')] = False
        code &= 63

    # most values have one digit; the others start with these characters
    go_on = np.flatnonzero(code > 31)
    low_digits = code[go_on].astype(np.int64) & 31
    first = np.concatenate(([0], mask_end - np.searchsorted(go_on, mask_end)))
    code = code.view(np.int8)
    values = ((code & 15) - (code & 16))[code < 32].astype(np.int64)
    if len(go_on):
        of_value = go_on - np.arange(len(go_on))
        starts = np.flatnonzero(np.diff(of_value, prepend=-1))
        num_low = np.diff(starts, append=len(go_on))
        place = np.arange(len(go_on)) - np.repeat(starts, num_low)
        longer = of_value[starts]
        too_long = num_low >= _MAX_DIGITS
        num_low = num_low.clip(0, _MAX_DIGITS)
        values[longer] <<= 5 * num_low
        values[longer] += np.add.reduceat(
            low_digits << 5 * place.clip(0, _MAX_DIGITS), starts
        )
        wrong = longer[too_long]
        is_proper[np.searchsorted(first[1:], wrong, side='right')] = False
    return values, first, is_proper


def _sum_runs(
    values: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Undo the differences and sum the runs of each mask.

    Runs two apart form a chain whose running sum, from its start in the
    mask, is the run. Prefix sums over all masks give that without a loop.

    Returns:
        sums: (2, M) int64, of the background runs and of the object runs.
        last_run: (M,) int64.
        is_positive: (M,) bool, no run is negative.
    """
    start, stop = first[:-1], first[1:]
    values = np.append(values, (0, 0))
    third = start[stop - start > 2]
    values[third + 2] -= values[third]  # the third run is no difference
    masks = np.arange(len(start))
    sums = np.empty((2, len(start)), dtype=np.int64)
    last_run = np.empty_like(start)
    is_positive = np.ones(len(start), dtype=bool)
    for parity in (0, 1):  # of the place among all values
        chain = np.concatenate(([0], np.cumsum(values[parity::2])))
        totals = np.concatenate(([0], np.cumsum(chain[1:])))
        low = (start + 1 - parity) // 2
        high = (stop + 1 - parity) // 2
        base = chain[low]
        of_mask = totals[high] - totals[low] - (high - low) * base
        sums[(start + parity) % 2, masks] = of_mask
        ends_here = (stop - 1) % 2 == parity
        last_run[ends_here] = (chain[high] - base)[ends_here]
        between = np.stack([low + 1, high + 1], 1).ravel()
        lowest = np.minimum.reduceat(chain, between.clip(0, len(chain) - 1))[
            ::2
        ]
        is_positive &= (high == low) | (lowest >= base)
    return sums, last_run, is_positive
