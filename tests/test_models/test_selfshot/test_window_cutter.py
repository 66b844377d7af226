"""Windows out of a stream of frames."""

import pytest
import torch

from mmselfshot.models.selfshot.window_cutter import WindowCutter


def windows_of(cutter, num_frames, chunk):
    """(start, frames) of each window of frames 0, 1, ..., in chunks."""
    found = []
    for part in torch.arange(num_frames).split(chunk):
        found += [(at, one.tolist()) for at, one in cutter.add(part)]
    return found + [(at, one.tolist()) for at, one in cutter.finish()]


@pytest.mark.parametrize(
    ('num_frames', 'starts'),
    [
        (1, [0]),
        (3, [0]),
        (4, [0]),
        (5, [0, 1]),  # the last one is full, though one frame is new
        (7, [0, 3]),
        (8, [0, 3, 4]),
        (10, [0, 3, 6]),
    ],
)
@pytest.mark.parametrize('chunk', [1, 3, 20])
def test_windows_of_four_with_one_frame_in_common(num_frames, starts, chunk):
    found = windows_of(WindowCutter(4, 1), num_frames, chunk)
    assert [at for at, _ in found] == starts
    for at, frames in found:
        assert frames == list(range(at, min(at + 4, num_frames)))


def test_no_frame_gives_no_window_and_reset_forgets():
    cutter = WindowCutter(4, 1)
    assert windows_of(cutter, 0, 1) == []
    list(cutter.add(torch.arange(6)))
    cutter.reset()
    assert cutter.num_frames == 0
    assert windows_of(cutter, 2, 2) == [(0, [0, 1])]


def test_no_more_than_a_window_is_held():
    cutter = WindowCutter(4, 1)
    for number in range(100):
        list(cutter.add(torch.tensor([number])))
        assert len(cutter._frames) <= 4


@pytest.mark.parametrize(
    ('length', 'overlap', 'num_frames', 'starts'),
    [(5, 2, 9, [0, 3, 4]), (5, 2, 11, [0, 3, 6]), (4, 0, 9, [0, 4, 5])],
)
def test_other_overlaps(length, overlap, num_frames, starts):
    found = windows_of(WindowCutter(length, overlap), num_frames, 2)
    assert [at for at, _ in found] == starts
