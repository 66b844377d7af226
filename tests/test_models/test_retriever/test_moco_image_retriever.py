"""MoCo on frames: one positive, negatives from the queue alone."""

import copy

import pytest
import torch
import torch.nn.functional as F
from tiny_retriever import MOCO, RANKING, crops

from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


def build(**changes):
    torch.manual_seed(0)
    return MODELS.build(copy.deepcopy({**MOCO, **changes}))


def test_first_batch_has_no_negative_and_no_loss():
    found = build()(*crops(num_frames=1), mode='loss')
    assert found['loss_retrieval'].item() == pytest.approx(0, abs=1e-6)
    found['loss_retrieval'].backward()


def test_loss_is_that_of_moco_over_the_queue():
    """-log(e^own / (e^own + sum over other videos of e^queued))."""
    model = build(loss=dict(type='MoCoLoss', tau=0.5))
    model(*crops(4, num_frames=1), mode='loss')
    queue = model.queue.keys.clone()[:4]
    pixels, video_ids = crops(4, num_frames=1)
    found = model(pixels, video_ids, mode='loss')
    with torch.no_grad():
        average = model.momentum.average
        views, others = pixels.float().unbind(1)
        anchors = F.normalize(model.head(model.encoder(views)), dim=1)
        keys = F.normalize(average.head(average.encoder(others)), dim=1)
        own = (anchors * keys).sum(1) / 0.5
        queued = anchors @ F.normalize(queue, dim=1).T / 0.5
        rows = []
        for i in range(4):  # the key of its own video does not count
            of_others = queued[i, torch.arange(4) != i].exp().sum()
            mass = own[i].exp()
            rows.append(-(mass / (mass + of_others)).log())
    expected = torch.stack(rows).mean()
    torch.testing.assert_close(found['loss_retrieval'].detach(), expected)


def test_keys_are_those_of_the_second_view():
    model = build()
    pixels, video_ids = crops(4, num_frames=1)
    model(pixels, video_ids, mode='loss')
    with torch.no_grad():
        keys = model.momentum(pixels[:, 1].float())
    torch.testing.assert_close(model.queue.keys[:4], keys)


def test_clip_of_segments_is_described_as_by_any_retriever():
    model = build().eval()
    with torch.no_grad():
        found = model(crops(2, 5, 1)[0], mode='predict')
    assert found.shape == (2, 32)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(2))


def test_other_number_of_views_is_refused():
    with pytest.raises(UserError, match='3 views of each frame'):
        build()(*crops(2, 3, 1), mode='loss')


def test_loss_of_clips_is_refused():
    with pytest.raises(UserError, match='expected one of MoCoLoss'):
        build(loss=RANKING['loss'])
