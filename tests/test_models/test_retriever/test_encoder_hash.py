"""What makes an encoder another one."""

import copy

import torch
from mmengine.config import ConfigDict
from tiny_retriever import TRANSFORMER

from mmselfshot.models.retriever import encoder_hash
from mmselfshot.registry import MODELS


def build(**changes):
    cfg = dict(TRANSFORMER, seed=0, **changes)
    return MODELS.build(copy.deepcopy(cfg)), cfg


def test_same_weights_and_config_are_the_same_encoder():
    (first, cfg), (second, _) = build(), build()
    found = encoder_hash(first, cfg)
    assert len(found) == 16 and int(found, 16) >= 0
    assert encoder_hash(second.train(), ConfigDict(cfg)) == found


def test_a_weight_counts():
    model, cfg = build()
    before = encoder_hash(model, cfg)
    with torch.no_grad():
        model.norm.bias[3] += 1e-6
    assert encoder_hash(model, cfg) != before


def test_where_the_weights_were_read_does_not_count():
    model, cfg = build()
    inner = dict(frame_encoder=dict(init_cfg='a', depth=2))
    moved = dict(frame_encoder=dict(init_cfg='b', depth=2))
    assert encoder_hash(model, {**cfg, **inner, 'checkpoint': 'x.pth'}) == (
        encoder_hash(model, {**cfg, **moved, 'seed': 4})
    )


def test_config_counts_beside_the_weights():
    """The mean is no weight, yet it changes the vectors."""
    model, cfg = build()
    other = dict(cfg, mean=(0.0, 0.0, 0.0))
    assert encoder_hash(model, cfg) != encoder_hash(model, other)
