"""The contrastive loss, and that it can be learnt from."""

import math

import pytest
import torch
from tiny_clip import clip_config

from mmselfshot.models.backbones import CaptionContrast
from mmselfshot.models.backbones.caption_contrast import contrast


def test_two_pictures_and_their_texts_by_hand():
    """Cosines 1 and 0, scale 2: both ways -log(e^2 / (e^2 + 1))."""
    eye = torch.eye(2)
    loss = contrast(
        eye, eye, torch.eye(2, dtype=torch.bool), torch.tensor(2.0)
    )
    hand = -math.log(math.e**2 / (math.e**2 + 1))
    assert loss.item() == pytest.approx(hand, rel=1e-6)


def test_text_that_is_true_of_both_pictures_by_hand():
    """Texts: of picture 0; of both. Rows and columns share their weight."""
    images = torch.eye(2)
    texts = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    is_true = torch.tensor([[True, True], [False, True]])
    e = math.e
    own, other = -math.log(e / (e + 1)), -math.log(1 / (e + 1))
    to_texts = ((own + other) / 2 + own) / 2
    to_images = (own + (own + other) / 2) / 2
    loss = contrast(images, texts, is_true, torch.tensor(1.0))
    assert loss.item() == pytest.approx((to_texts + to_images) / 2, rel=1e-6)


def test_order_of_pictures_and_texts_does_not_matter():
    torch.manual_seed(0)
    images, texts = torch.randn(4, 8), torch.randn(3, 8)
    is_true = torch.rand(4, 3) > 0.5
    is_true[:, 0] = is_true[0] = True
    scale = torch.tensor(1.5)
    turned = contrast(images.flip(0), texts.flip(0), is_true.flip(0, 1), scale)
    torch.testing.assert_close(contrast(images, texts, is_true, scale), turned)


def test_black_and_white_are_learnt_in_a_few_steps():
    torch.manual_seed(0)
    model = CaptionContrast(
        clip=dict(type='OpenCLIP', model_config=clip_config()),
        kinds=('star', 'ring'),
        data_preprocessor=dict(type='StillJitter', noise=30.0),
    )
    pixels = torch.ones(8, 3, 32, 32)
    pixels[::2] = -1
    kinds = torch.tensor([[True, False], [False, True]] * 4)
    samples = dict(
        caption=['a black star', 'a white ring'] * 4,
        text=['a black star', 'a photo of ring', 'a star', 'a ring'] * 2,
        kinds=list(kinds),
    )
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    model.train()
    for _ in range(15):
        loss = model(pixels, samples, mode='loss')['loss_caption']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        found = model(pixels, samples, mode='predict')
    for answer in found:
        assert answer['logits'].argmax() == answer['kinds'].int().argmax()
