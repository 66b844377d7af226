"""Sizes of windows and of what they share."""

import pytest

from mmselfshot.models.selfshot.window_rules import WindowRules


@pytest.mark.parametrize(
    ('window', 'overlap'),
    [(1, 0), (2, 1), (3, 1), (4, 1), (7, 1), (8, 2), (32, 8)],
)
def test_windows_share_a_quarter_and_one_frame_at_least(window, overlap):
    assert WindowRules().sizes(window, 10) == (window, overlap)
    assert WindowRules(window=window).sizes(32, 10) == (window, overlap)


def test_given_overlap_is_taken():
    assert WindowRules(overlap=0).sizes(3, 10) == (3, 0)
    assert WindowRules(overlap=2).sizes(3, 10) == (3, 2)
