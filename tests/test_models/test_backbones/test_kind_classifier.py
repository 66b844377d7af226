import math

import pytest
import torch

from mmselfshot.models.backbones.kind_classifier import (
    KindClassifier,
    set_cross_entropy,
    soft_max_pool,
)


def test_pool_by_hand():
    """log((e^1 + e^3) / 2) for two cells."""
    votes = torch.tensor([1.0, 3.0]).view(1, 1, 1, 2)
    hand = math.log((math.e + math.e**3) / 2)
    assert soft_max_pool(votes).item() == pytest.approx(hand, rel=1e-6)


def test_pool_lies_between_mean_and_maximum():
    votes = torch.randn(2, 5, 3, 4, generator=torch.Generator().manual_seed(0))
    pooled = soft_max_pool(votes)
    assert (pooled >= votes.mean((2, 3))).all()
    assert (pooled <= votes.amax((2, 3))).all()


def test_two_kinds_share_the_target():
    """-(log p0 + log p2) / 2 of softmax(0, log 2, 0) = (1, 2, 1) / 4."""
    logits = torch.tensor([[0.0, math.log(2), 0.0]])
    kinds = torch.tensor([[1.0, 0.0, 1.0]])
    loss = set_cross_entropy(logits, kinds).item()
    assert loss == pytest.approx(math.log(4), rel=1e-6)


def test_learns_to_name_two_colours():
    torch.manual_seed(0)
    model = KindClassifier(
        dict(
            type='mmdet.ResNet',
            depth=18,
            base_channels=4,
            norm_cfg=dict(type='BN', requires_grad=True),
            norm_eval=False,
        ),
        num_channels=[32, 16],
        num_kinds=2,
        data_preprocessor=dict(
            type='mmengine.ImgDataPreprocessor', mean=[127] * 3, std=[50] * 3
        ),
    )
    inputs = torch.zeros(8, 3, 32, 32, dtype=torch.uint8)
    inputs[:4, 0] = 255
    inputs[4:, 2] = 255
    kinds = torch.tensor([[True, False]] * 4 + [[False, True]] * 4)
    data = dict(inputs=list(inputs), data_samples=list(kinds))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(20):
        batch = model.data_preprocessor(data, training=True)
        loss = model(**batch, mode='loss')['loss_kind']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = model.val_step(data)
    assert [int(one['logits'].argmax()) for one in found] == [0] * 4 + [1] * 4
