"""The head's targets, divisors and outputs."""

import math

import pytest
import torch
from mmengine.structures import InstanceData
from tiny_minvis import build_tiny_minvis, clip_sample, collate

from mmselfshot.models.minvis import Float32PixelDecoder


@pytest.fixture(scope='module')
def model():
    return build_tiny_minvis()


def losses_of(model, samples, seed=0):
    torch.manual_seed(seed)
    data = model.data_preprocessor(collate(samples), True)
    return model(**data, mode='loss')


def test_matching_and_targets_by_hand(model):
    """Three queries that copy targets 1, none, 0; the best of all pairs."""
    head = model.head
    left = torch.zeros(16, 16)
    left[:, :8] = 1
    right = 1 - left
    targets = InstanceData(
        labels=torch.tensor([2, 0]), masks=torch.stack([left, right])
    )
    masks = torch.stack([right, left * 0, left]) * 20 - 10
    logits = torch.zeros(3, 4)
    labels, weights, mask_targets, is_matched, count = head.get_targets(
        [logits], [masks], [targets], [{}]
    )
    assert labels[0].tolist() == [0, 3, 2]
    assert weights[0].tolist() == [1, 1, 1]
    assert is_matched[0].tolist() == [1, 0, 1]
    assert (mask_targets[0] == torch.stack([right, left])).all()
    assert count == 2


def test_more_targets_than_queries_still_divide_by_all(model):
    many = InstanceData(
        labels=torch.zeros(11, dtype=torch.int64), masks=torch.ones(11, 8, 8)
    )
    targets = model.head.get_targets(
        [torch.zeros(8, 4)], [torch.zeros(8, 8, 8)], [many], [{}]
    )
    assert targets[2][0].shape == (8, 8, 8)
    assert targets[4] == 11


@pytest.mark.parametrize(('counts', 'divisor'), [((3, 0), 3), ((2, 1), 3)])
def test_mask_losses_are_divided_by_the_targets(
    model, monkeypatch, counts, divisor
):
    """mmdet would divide 3 + 0 objects by 4."""
    seen = []
    for name in ('loss_mask', 'loss_dice'):
        loss = getattr(model.head, name)
        forward = loss.forward

        def recording(*args, avg_factor, forward=forward, **kwargs):
            seen.append(float(avg_factor))
            return forward(*args, avg_factor=avg_factor, **kwargs)

        monkeypatch.setattr(loss, 'forward', recording)
    samples = [
        clip_sample(num_objects=count, seed=index)
        for index, count in enumerate(counts)
    ]
    losses_of(model, samples)
    assert seen == [divisor, divisor * model.head.num_points] * 3


def test_class_loss_is_the_local_weighted_mean(model):
    """Uniform logits cost log 4 whatever the weights; times 2."""
    torch.nn.init.zeros_(model.head.cls_embed.weight)
    torch.nn.init.zeros_(model.head.cls_embed.bias)
    losses = losses_of(model, [clip_sample(num_objects=2)])
    assert losses['loss_cls'].item() == pytest.approx(2 * math.log(4))


def test_frame_without_objects_has_only_a_class_loss(model):
    losses = losses_of(model, [clip_sample(num_objects=0)])
    assert losses['loss_cls'] > 0
    assert losses['loss_mask'] == 0
    assert losses['d0.loss_dice'] == 0
    sum(losses.values()).backward()
    assert all(
        parameter.grad is not None
        for parameter in model.parameters()
        if parameter.requires_grad
    )
    model.zero_grad()


def test_embedding_is_the_normed_query_of_the_last_layer(model):
    features = model.backbone(torch.rand(2, 3, 64, 64))
    cls_preds, mask_preds, embeds = model.head(features)
    assert len(cls_preds) == len(mask_preds) == 3
    assert embeds.shape == (2, 8, 32)
    assert torch.equal(model.head.cls_embed(embeds), cls_preds[-1])


def test_pixel_decoder_stays_in_float32(model, monkeypatch):
    assert isinstance(model.head.pixel_decoder, Float32PixelDecoder)
    seen = []
    monkeypatch.setattr(
        model.head.pixel_decoder.encoder,
        'forward',
        lambda query, **kwargs: seen.append(query.dtype) or query,
    )
    with torch.autocast('cpu', dtype=torch.bfloat16):
        features = model.backbone(torch.rand(1, 3, 64, 64))
        assert features[0].dtype == torch.bfloat16
        mask_features, scales = model.head.pixel_decoder(features)
    assert seen == [torch.float32]
    assert {x.dtype for x in (mask_features, *scales)} == {torch.float32}


def test_losses_under_mixed_precision_are_finite(model):
    samples = [clip_sample(num_objects=2)]
    exact = losses_of(model, samples)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = losses_of(model, samples)
    assert mixed['loss_dice'].item() == pytest.approx(
        exact['loss_dice'].item(), rel=0.1
    )
