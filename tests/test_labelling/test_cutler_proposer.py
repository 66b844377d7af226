"""CutLER as a proposer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_cutler import shrink_cutler

from mmselfshot.labelling import CutLER
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@pytest.fixture(scope='module')
def cfg(repo):
    path = repo / Path('configs/uvis/_base_/cutler_r50.py')
    return shrink_cutler(Config.fromfile(path).cutler_model)


@pytest.fixture
def proposer(cfg):
    options = dict(short_edge=64, score_thr=0.0, max_per_frame=4)
    return MODELS.build(dict(type='CutLER', model=cfg, **options))


def frames(num=3, height=48, width=70):
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (num, height, width, 3), np.uint8))


def test_proposals_have_the_size_of_the_frame(proposer):
    found = proposer.propose(frames())
    assert len(found) == 3
    for one in found:
        assert 0 < len(one) <= 4
        assert one.masks.shape[1:] == (48, 70) and one.masks.dtype == bool
        assert (np.diff(one.scores) <= 0).all()
        assert one.scores.min() >= 0 and one.scores.max() <= 1
        for mask, (x1, y1, x2, y2) in zip(one.masks, one.boxes.astype(int)):
            assert mask[y1:y2, x1:x2].sum() == mask.sum()
            assert mask[y1].any() and mask[:, x2 - 1].any()


def test_batches_do_not_matter(proposer):
    single = proposer.propose(frames())
    proposer.batch_size = 2
    for one, other in zip(single, proposer.propose(frames())):
        np.testing.assert_array_equal(one.masks, other.masks)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


def test_high_threshold_and_no_frame_give_nothing(cfg):
    proposer = CutLER(cfg, score_thr=1.0, short_edge=None)
    (found,) = proposer.propose(frames(1))
    assert found.masks.shape == (0, 48, 70)
    assert proposer.propose([]) == []


def test_checkpoint_is_loaded_and_another_one_refused(cfg, tmp_path):
    source = CutLER(cfg)
    path = tmp_path / 'cutler.pth'
    torch.save(dict(state_dict=source.model.state_dict()), path)
    loaded = CutLER(cfg, checkpoint=str(path))
    for name, weight in loaded.model.state_dict().items():
        assert torch.equal(weight, source.model.state_dict()[name])
    torch.save(dict(state_dict=torch.nn.Linear(2, 2).state_dict()), path)
    with pytest.raises(UserError, match='another model'):
        CutLER(cfg, checkpoint=str(path))
    with pytest.raises(UserError, match='no checkpoint'):
        CutLER(cfg, checkpoint=str(tmp_path / 'none.pth'))
