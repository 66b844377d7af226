"""Rounds of self-training within one training."""

import shutil

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from tiny_run import (
    SIZE,
    read_losses,
    write_tiny_config,
    write_tiny_videos,
)
from torch import nn

from mmselfshot.datasets import LabelFile
from mmselfshot.engine import PseudoLabelHook
from mmselfshot.engine.train import train
from mmselfshot.labelling.candidate_store import read_candidates
from mmselfshot.labelling.model_annotator import ModelAnnotator, hash_weights
from mmselfshot.utils import UserError

FILTERS = [
    dict(type='ScoreFilter', mask_thr=0.0, clip_thr=0.0, max_per_frame=2)
]


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    root = tmp_path_factory.mktemp('rounds')
    write_tiny_videos(root, num_videos=3)
    path = write_tiny_config(root, max_iters=4, interval=1, is_tested=True)
    hook = dict(
        type='PseudoLabelHook', rounds=[2], filters=FILTERS, min_score=0.0
    )
    path.write_text(
        path.read_text()
        + f'custom_hooks.append({hook!r})\n'
        + "default_hooks['checkpoint']['max_keep_ckpts'] = -1\n"
    )
    return path


@pytest.fixture(scope='module')
def trained(config):
    work_dir = config.parent / 'whole'
    train(config, work_dir=str(work_dir))
    return work_dir


def test_labels_are_renewed_and_trained_on(config, trained):
    """Old masks stay where no new one is like them."""
    old = LabelFile.load(config.parent / 'labels.json')
    new = LabelFile.load(trained / 'labels_round_1.json')
    assert new.categories == old.categories
    flat = [one for many in new.annotations.values() for one in many]
    sources = {str(one.get('source')).partition('@')[0] for one in flat}
    assert sources <= {'None', 'minvis'}
    assert 'minvis' in sources
    of_machine = [one for one in flat if 'source' in one]
    assert len({one['source'] for one in of_machine}) == 1
    frames = [
        (one['video_id'], frame)
        for one in of_machine
        for frame, mask in enumerate(one['segmentations'])
        if mask
    ]
    assert max(frames.count(one) for one in frames) <= 2  # max_per_frame
    assert sorted(read_losses(trained)) == [1, 2, 3, 4]
    table = read_candidates(trained / 'labels_round_1.json')
    assert not np.isnan(table.predicted_iou).any()
    assert table.probs.sum(1) == pytest.approx(1, abs=1e-5)


def test_killed_while_labels_are_renewed(config, trained, tmp_path):
    """Only the checkpoint of that iteration is left."""
    train(config, work_dir=str(tmp_path), resume=str(trained / 'iter_2.pth'))
    name = 'labels_round_1.json'
    assert (tmp_path / name).read_bytes() == (trained / name).read_bytes()
    expected = read_losses(trained)
    assert read_losses(tmp_path) == {n: expected[n] for n in (3, 4)}


def test_resumed_in_the_middle_of_a_round(config, trained, tmp_path):
    shutil.copy(trained / 'labels_round_1.json', tmp_path)
    train(config, work_dir=str(tmp_path), resume=str(trained / 'iter_3.pth'))
    assert read_losses(tmp_path) == {4: read_losses(trained)[4]}


def test_lost_labels_of_a_round_are_missed(config, trained, tmp_path):
    with pytest.raises(UserError, match='of the round that began at iterati'):
        train(
            config, work_dir=str(tmp_path), resume=str(trained / 'iter_3.pth')
        )


@pytest.mark.parametrize('rounds', [[0], [4, 2], [3, 3]])
def test_impossible_rounds(rounds):
    with pytest.raises(UserError, match='ascending'):
        PseudoLabelHook(rounds=rounds)


class FixedModel(BaseModel):
    """Two queries: a sure cat on the left half, a doubtful dog nowhere."""

    def __init__(self):
        super().__init__(
            data_preprocessor=dict(
                type='mmdet.TrackDataPreprocessor', pad_size_divisor=1
            )
        )
        self.layer = nn.Linear(1, 1)

    def forward(self):
        """Not called."""

    def predict_frames(self, frames):
        num, _, height, width = frames.shape
        probs = torch.tensor([[0.72, 0.08, 0.2], [0.1, 0.5, 0.4]])
        masks = torch.full((2, height // 4, width // 4), -9.0)
        masks[0, :, : width // 8] = 9.0
        embeds = torch.tensor([[3.0, 4.0], [1.0, 0.0]])
        return [
            one.expand(num, *one.shape) for one in (probs.log(), masks, embeds)
        ]


def test_scores_of_a_model_by_hand():
    """p(object) = .8, p(cat | object) = .9; the query without a pixel is no
    candidate."""
    cfg = Config(
        dict(
            test_dataloader=dict(
                dataset=dict(
                    pipeline=[
                        dict(type='LoadFrames'),
                        dict(type='PackClipInputs'),
                    ]
                )
            )
        )
    )
    annotate = ModelAnnotator(FixedModel(), cfg)
    images = [np.zeros((*SIZE, 3), np.uint8)] * 2
    first, second = annotate(images, [4, 6])
    assert (first.frame_id, second.frame_id) == (4, 6)
    assert first.mask_score == pytest.approx([0.8])
    assert first.probs[0] == pytest.approx([0.9, 0.1])
    assert first.features[0] == pytest.approx([0.6, 0.8])
    assert first.predicted_iou[0] == pytest.approx(1, abs=1e-3)
    assert first.box[0] == pytest.approx([0, 0, SIZE[1] / 2, SIZE[0]], abs=3)


def test_hash_follows_the_weights():
    one, other = FixedModel(), FixedModel()
    other.load_state_dict(one.state_dict())
    assert hash_weights(one) == hash_weights(other)
    with torch.no_grad():
        other.layer.bias += 1
    assert hash_weights(one) != hash_weights(other)
