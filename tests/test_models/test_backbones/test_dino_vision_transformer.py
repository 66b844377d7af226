"""DINO's vision transformer, beside the recorded features."""

import pytest
import torch
import torch.nn.functional as F

from mmselfshot.models.backbones import DINOVisionTransformer
from mmselfshot.models.backbones.dino_vision_transformer import (
    stretch_position_embedding,
)
from mmselfshot.utils import UserError


def tiny(**changes):
    options = dict(
        embed_dims=12, depth=2, num_heads=3, patch_size=8, img_size=32
    )
    model = DINOVisionTransformer(**{**options, **changes}).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@torch.no_grad()
def slow_forward(model, x):
    """The same network, written as sums over tokens of one picture."""
    size, heads = model.patch_size, model.num_heads
    rows, columns = x.shape[1] // size, x.shape[2] // size
    tokens = [model.cls_token[0, 0]]
    for r in range(rows):
        for c in range(columns):
            patch = x[:, r * size : (r + 1) * size, c * size : (c + 1) * size]
            kernel = model.patch_embed.proj
            product = (kernel.weight * patch).sum((1, 2, 3))
            tokens.append(product + kernel.bias)
    tokens = (
        torch.stack(tokens)
        + stretch_position_embedding(model.pos_embed, rows, columns)[0]
    )
    for block in model.blocks:
        qkv = block.attn.qkv(block.norm1(tokens))
        dims = tokens.shape[1]
        mixed = torch.zeros_like(tokens)
        for head in range(heads):
            own = slice(head * dims // heads, (head + 1) * dims // heads)
            q, k, v = (part[:, own] for part in qkv.split(dims, dim=1))
            weights = (q @ k.T / (dims // heads) ** 0.5).softmax(1)
            mixed[:, own] = weights @ v
        tokens = tokens + block.attn.proj(mixed)
        hidden = F.gelu(block.mlp.fc1(block.norm2(tokens)))
        tokens = tokens + block.mlp.fc2(hidden)
    return model.norm(tokens)[0], weights[0, 1:], k[1:]


def test_forward_is_that_of_a_slow_version():
    model = tiny()
    x = torch.randn(2, 3, 24, 40)
    with torch.no_grad():
        ours, last = model(x), model.last_block(x)
    for row in range(2):
        token, attention, key = slow_forward(model, x[row])
        torch.testing.assert_close(ours[row], token, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(
            last['attention'][row, -1], attention, atol=1e-5, rtol=1e-4
        )
        torch.testing.assert_close(
            last['key'][row, -4:].flatten(1).T, key, atol=1e-4, rtol=1e-4
        )
    assert last['key'].shape == (2, 12, 3, 5)


def test_pixels_beyond_whole_patches_are_not_seen():
    model = tiny()
    x = torch.randn(1, 3, 32, 32)
    wider = F.pad(x, (0, 7, 0, 3), value=9.0)
    with torch.no_grad():
        torch.testing.assert_close(model(wider), model(x))


def test_own_grid_keeps_the_position_embedding():
    embedding = torch.randn(1, 17, 5)
    same = stretch_position_embedding(embedding, 4, 4)
    assert same is embedding
    assert stretch_position_embedding(embedding, 7, 9).shape == (1, 64, 5)


def test_constant_position_embedding_stays_constant():
    stretched = stretch_position_embedding(torch.ones(1, 17, 5), 6, 11)
    torch.testing.assert_close(stretched, torch.ones(1, 67, 5))


def test_picture_smaller_than_a_patch_is_refused():
    with pytest.raises(ValueError, match=r'\(7, 32\) pixels'):
        tiny()(torch.zeros(1, 3, 7, 32))


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(arch='huge'), "unknown arch 'huge'"),
        (dict(embed_dims=10, num_heads=3), '10 channels, 3 heads'),
        (dict(img_size=4), 'patches of 16 in 4 pixels'),
    ],
)
def test_impossible_sizes_are_refused(options, words):
    with pytest.raises(UserError, match=words):
        DINOVisionTransformer(**options)
