"""Boxes and doubles of proposals, by hand."""

import numpy as np
from torch import nn

from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.proposer_pool import ProposerPool, drop_doubles


def masks_of(*boxes, size=(6, 8)):
    masks = np.zeros((len(boxes), *size), bool)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes):
        mask[y1:y2, x1:x2] = True
    return masks


def test_boxes_end_behind_the_last_pixel():
    masks = masks_of((1, 2, 4, 3), (0, 0, 8, 6))
    found = Proposals.from_masks(masks, [0.5, 1])
    assert found.boxes.tolist() == [[1, 2, 4, 3], [0, 0, 8, 6]]
    assert found.boxes.dtype == found.scores.dtype == np.float32


def test_empty_masks_go_with_their_scores():
    masks = masks_of((1, 1, 1, 1), (2, 0, 3, 6))
    found = Proposals.from_masks(masks, [0.9, 0.3])
    assert found.scores.tolist() == [np.float32(0.3)]
    assert found.boxes.tolist() == [[2, 0, 3, 6]]


def test_no_masks_have_no_boxes():
    found = Proposals.from_masks(np.zeros((0, 6, 8)), [])
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert found.masks.shape == (0, 6, 8)


def test_of_doubles_the_best_score_stays():
    first = Proposals.from_masks(
        masks_of((0, 0, 4, 4), (5, 0, 8, 6)), [0.4, 0.2]
    )
    second = Proposals.from_masks(masks_of((0, 0, 4, 5)), [0.7])  # IoU .8
    both = drop_doubles([first, second], 0.79)
    assert both.scores.tolist() == [np.float32(0.7), np.float32(0.2)]
    assert both.boxes[0].tolist() == [0, 0, 4, 5]
    assert len(drop_doubles([first, second], 0.8)) == 3


class Fixed(nn.Module):
    """Proposes the same boxes in every frame."""

    def __init__(self, *boxes, score=1.0):
        super().__init__()
        self.boxes, self.score = boxes, score

    def propose(self, frames):
        masks = masks_of(*self.boxes)
        scores = [self.score] * len(masks)
        return [Proposals.from_masks(masks, scores) for _ in frames]


def test_pool_joins_what_its_proposers_find_in_each_frame():
    pool = ProposerPool(
        [Fixed((0, 0, 2, 2), score=0.3), Fixed(), Fixed((3, 3, 6, 6))]
    )
    found = pool.propose([None, None])
    assert [len(one) for one in found] == [2, 2]
    assert found[0].boxes.tolist() == [[3, 3, 6, 6], [0, 0, 2, 2]]


def test_pool_of_nothing_found_is_empty():
    assert len(ProposerPool([Fixed(), Fixed()]).propose([None])[0]) == 0
