"""Areas, spans and checks of compressed run lengths."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmselfshot.structures.run_lengths import measure_masks


def _encode(masks):
    return [
        coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))[
            'counts'
        ].decode('ascii')
        for mask in masks
    ]


@pytest.mark.parametrize('num_masks', [1, 3, 700])
def test_measures_what_is_drawn(num_masks):
    """Against counting pixels; full, empty and ragged masks, all sizes."""
    rng = np.random.default_rng(num_masks)
    for size in [(1, 1), (1, 9), (7, 1), (13, 40)]:
        shares = rng.choice([0, 0.02, 0.5, 0.98, 1], num_masks)
        masks = [rng.random(size) < share for share in shares]
        areas, spans, is_valid = measure_masks(
            _encode(masks), size[0] * size[1]
        )
        assert is_valid.all()
        assert areas.tolist() == [mask.sum() for mask in masks]
        for mask, span in zip(masks, spans.tolist()):
            pixels = np.flatnonzero(mask.T.ravel())
            if len(pixels):
                assert span == [pixels[0], pixels[-1] + 1]


def test_long_runs_by_hand():
    """A 1000x1000 frame with only its last pixel: runs 999999 and 1."""
    mask = np.zeros((1000, 1000), dtype=bool)
    mask[-1, -1] = True
    areas, spans, is_valid = measure_masks(_encode([mask]), 10**6)
    assert areas.tolist() == [1]
    assert spans.tolist() == [[999_999, 10**6]]
    assert is_valid.all()


@pytest.mark.parametrize(
    'spoil',
    [
        lambda text: '',
        lambda text: text + '11',  # two more runs
        lambda text: text[:-1] + chr(((ord(text[-1]) - 48) | 32) + 48),
        lambda text: '~' + text,  # not a character of the format
        lambda text: 'o' * 9 + '0' + text,  # a run of 50 bits
        lambda text: 'O2' + text,  # a run of -1
    ],
)
@pytest.mark.parametrize('place', [0, 1, 2])
def test_wrong_runs_are_found_and_only_these(spoil, place):
    rng = np.random.default_rng(0)
    counts = _encode([rng.random((9, 14)) < 0.4 for _ in range(3)])
    good = measure_masks(counts, 9 * 14)[0]
    counts[place] = spoil(counts[place])
    areas, _, is_valid = measure_masks(counts, 9 * 14)
    others = [n for n in range(3) if n != place]
    assert is_valid[others].all()
    assert not is_valid[place]
    assert (areas == good)[others].all()


def test_other_frame_size_is_wrong():
    counts = _encode([np.ones((4, 5), dtype=bool)])
    assert not measure_masks(counts, 21)[2].any()


def test_no_masks():
    areas, spans, is_valid = measure_masks([], 20)
    assert (len(areas), spans.shape, len(is_valid)) == (0, (0, 2), 0)
