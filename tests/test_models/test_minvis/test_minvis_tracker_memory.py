"""What the tracker remembers."""

import torch

from mmselfshot.models.minvis import MinVISTracker
from mmselfshot.registry import TASK_UTILS


def test_first_frame_fixes_slots_and_reset_forgets():
    tracker = TASK_UTILS.build(dict(type='MinVISTracker'))
    logits = torch.zeros(3, 2)
    same = torch.ones(3, 4)  # all alike: still no re-ordering at the start
    assert tracker.update(same, logits).tolist() == [0, 1, 2]
    tracker.reset()
    eye = torch.eye(3)
    assert tracker.update(eye, logits).tolist() == [0, 1, 2]
    assert tracker.update(eye[[1, 2, 0]], logits).tolist() == [2, 0, 1]
    tracker.reset()
    assert tracker.update(eye[[1, 2, 0]], logits).tolist() == [0, 1, 2]


def test_reference_is_the_last_frame_in_slot_order():
    """Slot 0 drifts from (1, 0) over (1, 1) to (0, 1), step by step."""
    tracker = MinVISTracker()
    logits = torch.zeros(2, 2)
    steps = [
        [[1.0, 0.0], [0.0, -1.0]],
        [[1.0, -1.0], [1.0, 1.0]],
        [[1.0, 0.0], [0.0, 1.0]],
    ]
    orders = [
        tracker.update(torch.tensor(step), logits).tolist() for step in steps
    ]
    # by frame 0 alone, frame 2's first query would be slot 0
    assert orders == [[0, 1], [1, 0], [1, 0]]
