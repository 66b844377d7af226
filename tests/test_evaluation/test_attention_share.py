"""The share of attention on a target."""

import math

import pytest
import torch

from mmselfshot.evaluation.attention_share import (
    attention_share,
    summarise_shares,
)
from mmselfshot.utils import UserError


def test_share_and_chance_by_hand():
    """Two frames of 2 x 2 cells, the second without target: not counted.

    The mask covers all of the first cell and half of the second.
    """
    masks = torch.zeros(2, 4, 4, dtype=torch.bool)
    masks[0, :2, :3] = True
    heat = torch.tensor([[[0.5, 0.2], [0.2, 0.1]], [[1.0, 0.0], [0.0, 0.0]]])
    found = attention_share(heat, masks)
    assert found.share == pytest.approx(0.5 + 0.2 / 2)
    assert found.chance == pytest.approx(1.5 / 4)
    assert found.num_frames == 1


def test_even_attention_gets_the_chance():
    masks = torch.zeros(3, 7, 9, dtype=torch.bool)
    masks[:, 2:5, 3:] = True
    found = attention_share(torch.full((3, 2, 3), 1 / 6), masks)
    assert found.share == pytest.approx(found.chance)


def test_a_video_without_target_has_no_share():
    masks = torch.zeros(1, 4, 4, dtype=torch.bool)
    found = attention_share(torch.full((1, 2, 2), 0.25), masks)
    assert math.isnan(found.share) and math.isnan(found.chance)
    assert found.num_frames == 0


def test_queries_without_a_target_do_not_count():
    nothing = dict(before=None, after=None, chance=None, num_frames=0)
    some = dict(before=0.25, after=0.75, chance=0.5, num_frames=2)
    found = summarise_shares([some, nothing], num_draws=10)
    assert found['mean'] == dict(before=0.25, after=0.75, chance=0.5)
    assert found['after_minus_before']['low'] == pytest.approx(0.5)
    assert len(found['queries']) == 2
    with pytest.raises(UserError, match='no frame of the queries shows'):
        summarise_shares([nothing])
