"""Targets from a model's own predictions, by hand."""

import torch

from mmselfshot.models.minvis import pseudo_targets


def test_only_scores_above_the_threshold_stay():
    """Scores .5, .25 and .25; a score equal to the threshold goes."""
    logits = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]]).log()
    masks = torch.tensor([[[1.0, -1.0]], [[-1.0, -1.0]]])
    targets = pseudo_targets(logits, masks, (2, 4), score_thr=0.25)
    assert targets.labels.tolist() == [0]
    assert targets.queries.tolist() == [0]
    assert targets.masks.tolist() == [[[1, 1, 0, 0], [1, 1, 0, 0]]]


def test_a_frame_without_a_confident_query_has_no_target():
    targets = pseudo_targets(
        torch.zeros(3, 5), torch.zeros(3, 2, 2), (8, 8), score_thr=0.5
    )
    assert targets.labels.tolist() == []
    assert targets.masks.shape == (0, 8, 8)


def test_a_query_may_come_with_two_classes():
    logits = torch.tensor([[0.5, 0.4, 0.1]]).log()
    targets = pseudo_targets(logits, torch.ones(1, 2, 2), (2, 2), 0.3)
    assert targets.labels.tolist() == [0, 1]
    assert targets.queries.tolist() == [0, 0]
