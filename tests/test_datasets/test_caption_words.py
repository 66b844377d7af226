"""Captions taken apart, varied and compared."""

import pytest
import torch

from mmselfshot.datasets.caption_words import (
    is_true_of,
    vary_caption,
    words_of,
)

CAPTION = 'a striped red star and an orange disc on a sandy background'


def test_words_that_say_something():
    assert words_of('a photo of an orange disc on a sandy background') == {
        *('orange', 'disc', 'sandy')
    }


@pytest.mark.parametrize(
    ('text', 'is_true'),
    [
        ('a photo of star', True),
        ('a red star', True),
        ('this is a disc on a sandy background', True),
        (CAPTION, True),
        ('a blue star', False),
        ('a ring', False),
        ('a red star on a grassy background', False),
    ],
)
def test_shorter_text_is_true_of_a_picture(text, is_true):
    assert is_true_of(text, CAPTION) is is_true


def test_variants_are_true_and_keep_every_kind():
    torch.manual_seed(0)
    variants = {vary_caption(CAPTION) for _ in range(300)}
    assert len(variants) > 50
    for text in variants:
        assert is_true_of(text, CAPTION)
        assert {'star', 'disc'} <= set(text.split())
    words = {word for text in variants for word in text.split()}
    assert {'striped', 'red', 'orange', 'sandy', 'photo', 'an'} <= words


def test_article_fits_the_word_after_it():
    """`a photo of an arch` may never become `a arch`."""
    torch.manual_seed(1)
    variants = {
        vary_caption('a red arch on a sandy background') for _ in range(300)
    }
    assert any(' an arch' in f' {text}' for text in variants)
    assert not any(' a arch' in f' {text}' for text in variants)


def test_same_state_of_the_generator_same_variant():
    torch.manual_seed(3)
    one = [vary_caption(CAPTION) for _ in range(5)]
    torch.manual_seed(3)
    assert one == [vary_caption(CAPTION) for _ in range(5)]
