"""Frames of sparse labels, by hand."""

import pytest

from mmselfshot.datasets import count_sparse_frames, spread_frames
from mmselfshot.utils import UserError


@pytest.mark.parametrize(
    ('length', 'ratio', 'frames'),
    [
        (36, 0.1, [0, 9, 18, 27]),
        (36, 0.05, [0, 18]),
        (36, 0.01, [18]),
        (1, 0.01, [0]),
        (3, 1.0, [0, 1, 2]),
        (5, 0.5, [0, 2]),  # 2.5 rounds to the even 2
    ],
)
def test_frames_are_spread_evenly(length, ratio, frames):
    assert spread_frames(length, ratio) == frames


@pytest.mark.parametrize('ratio', [0, -0.1, 1.5])
def test_a_share_out_of_its_range_is_refused(ratio):
    with pytest.raises(UserError, match='at most 1'):
        spread_frames(10, ratio)


def test_counts_are_rounded_up_without_float_noise():
    """36 frames: 50 % are 18, 10 % are 3.6; .1 + .2 per cent stay exact."""
    assert count_sparse_frames(36, 10, 40) == (18, 4)
    assert count_sparse_frames(1000, 0.1, 0.2) == (3, 1)
