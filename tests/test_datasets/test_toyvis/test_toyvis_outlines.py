"""Outlines of the kinds and shapes outside the vocabulary."""

import math

import numpy as np
import pytest

from mmselfshot.datasets.toyvis.clutter import (
    MAX_LIKENESS,
    clutter_outline,
    likeness,
)
from mmselfshot.datasets.toyvis.outlines import (
    ALL_KINDS,
    EASY_KINDS,
    Outline,
    fill,
    kind_outline,
)


def test_twenty_kinds_of_which_eight_are_easy():
    assert len(set(ALL_KINDS)) == 20
    assert len(EASY_KINDS) == 8 and set(EASY_KINDS) < set(ALL_KINDS)


@pytest.mark.parametrize('kind', ALL_KINDS)
def test_box_is_centred_and_its_mean_side_is_two(kind):
    points = np.concatenate(kind_outline(kind).contours)
    low, high = points.min(0), points.max(0)
    np.testing.assert_allclose(low + high, 0, atol=1e-9)
    assert (high - low).mean() == pytest.approx(2)


@pytest.mark.parametrize(
    'kind, area',
    [
        ('square', 4.0),
        ('disc', math.pi),
        ('ring', math.pi * (1 - 0.55**2)),
        # four arms of 0.62 x 0.69 around a square of side 0.62
        ('cross', 4 * 0.62 * 0.69 + 0.62**2),
    ],
)
def test_area_by_hand(kind, area):
    side, reach = 120, 1.5
    image = fill(kind_outline(kind).contours, side, reach)
    pixel = (2 * reach / side) ** 2
    assert image.sum() * pixel == pytest.approx(area, rel=0.02)


def test_fill_covers_half_of_an_edge_pixel():
    """A square from -0.5 to 0.5 on 6 pixels of 0.5: 2 x 2 whole ones."""
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    image = fill((square,), 6, 1.5)
    assert image[2:4, 2:4].min() > 0.7
    assert image.sum() == pytest.approx(4, abs=1.1)
    assert image[0].max() == image[-1].max() == 0


def test_no_two_kinds_cover_each_other():
    """The most alike pair at one angle stays clearly below one."""
    images = [fill(kind_outline(kind).contours, 48, 1.5) for kind in ALL_KINDS]
    for k, one in enumerate(images):
        for other in images[:k]:
            both = np.minimum(one, other).sum()
            assert both / np.maximum(one, other).sum() < 0.85


@pytest.mark.parametrize('kind', ALL_KINDS)
def test_a_turned_and_mirrored_kind_is_like_a_kind(kind):
    cos, sin = math.cos(math.radians(45)), math.sin(math.radians(45))
    turn = np.array([[cos, sin], [-sin, cos]]) * [[-1, 1]]
    turned = tuple(part @ turn for part in kind_outline(kind).contours)
    assert likeness(Outline(turned)) > 0.9


def test_clutter_is_unlike_every_kind_and_never_the_same():
    rng = np.random.default_rng(0)
    outlines = [clutter_outline(rng) for _ in range(6)]
    assert max(likeness(outline) for outline in outlines) <= MAX_LIKENESS
    shapes = {outline.contours[0].tobytes() for outline in outlines}
    assert len(shapes) == 6
