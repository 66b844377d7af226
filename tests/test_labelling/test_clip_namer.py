"""Naming masks: regions, templates, small boxes, wrong vocabularies."""

import numpy as np
import pytest
import torch
from tiny_clip import RESNET, VIT, tiny_clip

from mmselfshot.labelling import CLIPNamer, Proposals
from mmselfshot.labelling.clip_namer import region_of
from mmselfshot.utils import UserError

CLASSES = ('star', 'fire_truck', 'ring')


@pytest.fixture(scope='module')
def clip():
    return tiny_clip()


def frame_with_masks():
    """60 x 80 noise; a mask of 20 x 30 and one of 15 x 16 pixels."""
    frame = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    masks = np.zeros((2, 60, 80), dtype=bool)
    masks[0, 10:30, 5:35] = True
    masks[0, 10:20, 5:20] = False  # the box stays
    masks[1, 40:55, 60:76] = True
    return frame, Proposals.from_masks(masks, [0.5, 0.5])


@pytest.mark.parametrize(
    ('box', 'settings', 'expected'),
    [
        ((5, 10, 35, 30), {}, (5, 10, 35, 30)),
        ((5.5, 10.2, 34.1, 29.9), {}, (5, 10, 35, 30)),
        ((10, 10, 30, 20), dict(expand=1.2), (8, 9, 32, 21)),
        ((20, 20, 40, 30), dict(is_square=True), (20, 15, 40, 35)),
        ((0, 0, 30, 10), dict(is_square=True), (0, 0, 30, 20)),
        ((70, 50, 80, 60), dict(expand=2.0), (65, 45, 80, 60)),
        ((-9, -9, -5, -5), {}, (0, 0, 1, 1)),
        ((90, 70, 95, 75), {}, (79, 59, 80, 60)),
        ((10, 10, 10, 10), {}, (10, 10, 11, 11)),
    ],
)
def test_region_by_hand(box, settings, expected):
    assert region_of(box, (60, 80), **settings) == expected


def test_box_region_by_hand(clip):
    """The published way: softmax of 100 times the cosines."""
    frame, found = frame_with_masks()
    names = CLIPNamer(clip, CLASSES).name(frame, found)
    texts = [f'a photo of {name}' for name in ('star', 'fire truck', 'ring')]
    images = clip.encode_images([frame[10:30, 5:35], frame[40:55, 60:76]])
    cosines = images @ clip.encode_texts(texts).T
    odds = torch.exp(100 * cosines)
    np.testing.assert_allclose(
        names.probs, odds / odds.sum(1, keepdim=True), rtol=1e-4
    )
    np.testing.assert_allclose(names.features, images, atol=1e-6)
    np.testing.assert_allclose(
        np.linalg.norm(names.features, axis=1), 1.0, 1e-5
    )
    assert names.labels.tolist() == cosines.argmax(1).tolist()
    assert names.scores.tolist() == names.probs.max(1).tolist()
    assert names.probs.dtype == names.features.dtype == np.float32


def test_templates_are_averaged_and_made_unit_again(clip):
    templates = ('a photo of {}', '{} in the dark')
    namer = CLIPNamer(clip, ('cat', 'dog'), templates)
    cat = clip.encode_texts(['a photo of cat', 'cat in the dark']).sum(0)
    torch.testing.assert_close(namer.class_features()[0], cat / cat.norm())
    assert namer.class_features() is namer.class_features()


def test_square_region_is_the_square_around_the_box(clip):
    frame, found = frame_with_masks()
    names = CLIPNamer(clip, CLASSES, region='square').name(frame, found)
    square = clip.encode_images([frame[5:35, 5:35]])
    np.testing.assert_allclose(names.features[:1], square, atol=1e-6)


@pytest.mark.parametrize('tower', [VIT, RESNET])
def test_attention_looks_at_the_mask(tower):
    clip = tiny_clip(vision=tower)
    frame, found = frame_with_masks()
    names = CLIPNamer(clip, CLASSES, region='attention').name(frame, found)
    masked = clip.encode_images(
        [frame[5:35, 5:35]], [found.masks[0, 5:35, 5:35]]
    )
    np.testing.assert_allclose(names.features[:1], masked, atol=1e-6)
    plain = CLIPNamer(clip, CLASSES, region='square').name(frame, found)
    assert np.abs(names.features - plain.features).max() > 1e-4


def test_attention_with_all_true_masks_equals_square(clip):
    frame, found = frame_with_masks()
    found = Proposals(np.ones_like(found.masks), found.scores, found.boxes)
    one, other = (
        CLIPNamer(clip, CLASSES, region=region).name(frame, found)
        for region in ('attention', 'square')
    )
    np.testing.assert_allclose(one.features, other.features, atol=1e-6)


def test_boxes_with_a_side_below_16_are_small(clip):
    frame, found = frame_with_masks()  # sides 20, 30 and 15, 16
    namer = CLIPNamer(clip, CLASSES)
    assert namer.name(frame, found).is_small.tolist() == [False, True]
    namer.min_side = 15
    assert namer.name(frame, found).is_small.tolist() == [False, False]


def test_frame_without_masks(clip):
    none = Proposals.from_masks(np.zeros((0, 60, 80), bool), np.zeros(0))
    names = CLIPNamer(clip, CLASSES).name(frame_with_masks()[0], none)
    assert names.probs.shape == (0, 3) and names.features.shape == (0, 32)
    assert names.is_small.shape == names.labels.shape == (0,)


def test_order_of_masks_and_classes_changes_nothing_else(clip):
    frame, found = frame_with_masks()
    turned = Proposals(found.masks[::-1], found.scores, found.boxes[::-1])
    one = CLIPNamer(clip, CLASSES).name(frame, found)
    other = CLIPNamer(clip, CLASSES[::-1]).name(frame, turned)
    np.testing.assert_allclose(one.probs, other.probs[::-1, ::-1], rtol=1e-4)


def test_own_scale_of_the_model_may_be_used(clip):
    namer = CLIPNamer(clip, CLASSES, logit_scale=None)
    assert namer.logit_scale == pytest.approx(1 / 0.07)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(classes=('cat', 'dog', 'cat')), "'cat' and 'cat' are the same"),
        (dict(classes=('ice_bear', 'ice bear')), 'are the same'),
        (dict(classes=('cat', ' ')), 'class 2 of 2 is'),
        (dict(classes=()), 'no classes'),
        (dict(classes='cat'), "the text 'cat'; expected a list"),
        (dict(region='blank'), 'expected one of box, square, attention'),
        (dict(expand=0), 'expand=0 of CLIPNamer'),
        (dict(templates=('a photo',)), 'expected a text with one {}'),
        (dict(templates=()), 'expected a text with one {}'),
    ],
)
def test_wrong_settings_are_named(clip, settings, message):
    with pytest.raises(UserError, match=message):
        CLIPNamer(clip, **{'classes': CLASSES, **settings})


def test_attention_needs_a_tower_with_a_class_token():
    clip = tiny_clip(vision={**VIT, 'pool_type': 'avg'})
    with pytest.raises(UserError, match='has no class token'):
        CLIPNamer(clip, CLASSES, region='attention')
