"""Frames and masks of specs written by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mmselfshot.datasets.toyvis import Body, VideoSpec, render_video
from mmselfshot.datasets.toyvis.backgrounds import BACKGROUNDS, draw_background
from mmselfshot.datasets.toyvis.textures import PATTERNS, surface_pattern


def make_body(kind='disc', x=32.0, y=24.0, size=24.0, **changes):
    """A body that stands still for two frames."""
    body = Body(
        kind=kind,
        colour='red',
        pattern='plain',
        seed=1,
        centre=np.array([[x, y]] * 2),
        size=np.full(2, size),
        angle=np.zeros(2),
        squash=np.zeros(2),
        bend=np.zeros(2),
    )
    return replace(body, **changes)


def make_spec(*bodies, background='snowy'):
    """Two frames of 48 x 64 pixels without any disturbance."""
    return VideoSpec(
        height=48,
        width=64,
        bodies=bodies,
        background=background,
        num_distractors=0,
        camera=np.array([[0.0, 0.0, 1.0]] * 2),
        gain=np.ones(2),
        slope=np.zeros(2),
        blur=np.zeros(2),
        noise=0.0,
        seed=3,
    )


def test_shapes_and_types():
    frames, masks, kinds = render_video(make_spec(make_body()))
    assert frames.shape == (2, 48, 64, 3) and frames.dtype == np.uint8
    assert masks.shape == (1, 2, 48, 64) and masks.dtype == bool
    assert kinds == ['disc']


def test_no_object_gives_no_mask():
    frames, masks, kinds = render_video(make_spec())
    assert masks.shape == (0, 2, 48, 64) and kinds == []
    assert frames.std() > 1  # a textured background


def test_disc_covers_its_area_around_its_centre():
    _, masks, _ = render_video(make_spec(make_body(x=30, y=20, size=24)))
    rows, columns = np.nonzero(masks[0, 0])
    assert len(rows) == pytest.approx(math.pi * 12**2, rel=0.03)
    # pixel k covers k to k + 1
    assert rows.mean() + 0.5 == pytest.approx(20, abs=0.3)
    assert columns.mean() + 0.5 == pytest.approx(30, abs=0.3)


def test_ring_shows_the_background_through_its_hole():
    spec = make_spec(make_body('ring', size=30))
    frames, masks, _ = render_video(spec)
    empty, _, _ = render_video(make_spec())
    assert not masks[0, 0, 24, 32]
    assert masks[0, 0, 24, 32 + 12]
    np.testing.assert_allclose(
        frames[0, 24, 32].astype(int), empty[0, 24, 32], atol=30
    )
    assert frames[0, 24, 44, 1] < 100 < empty[0, 24, 44, 1]  # red on snow


def test_upper_body_hides_the_lower_one():
    low, top = make_body('square', size=30), make_body('disc', size=20, x=36)
    alone = render_video(make_spec(low))[1][0]
    above = render_video(make_spec(top))[1][0]
    both = render_video(make_spec(low, top))[1]
    np.testing.assert_array_equal(both[1], above)
    np.testing.assert_array_equal(both[0], alone & ~above)
    turned = render_video(make_spec(top, low))[1]
    np.testing.assert_array_equal(turned[1], alone)


def test_clutter_hides_but_has_no_mask():
    disc, clutter = make_body(size=20), make_body(None, size=40)
    frames, masks, kinds = render_video(make_spec(disc, clutter))
    alone, mask, _ = render_video(make_spec(disc))
    assert kinds == ['disc'] and len(masks) == 1
    assert masks.sum() < mask.sum()
    assert (frames != alone).any()


def test_body_outside_has_an_empty_mask():
    far = make_body(centre=np.array([[-40.0, 24.0], [10.0, 24.0]]))
    _, masks, _ = render_video(make_spec(far))
    assert not masks[0, 0].any() and masks[0, 1].any()


def test_body_at_the_border_is_cut():
    _, masks, _ = render_video(make_spec(make_body(x=0, size=24)))
    assert masks[0, 0].sum() == pytest.approx(math.pi * 72, rel=0.05)


@pytest.mark.parametrize(
    'angle, axis, sign',
    [(0, 0, 1), (90, 1, -1), (180, 0, -1), (270, 1, 1)],
)
def test_triangle_points_where_it_is_turned_to(angle, axis, sign):
    """Turned clockwise from upwards; its mass lies towards its base.

    Circumradius r: box height 1.5 r, width 3^0.5 r, their mean is 30; the
    centroid is r from the top, 0.25 r below the middle of the box.
    """
    body = make_body('triangle', size=30, angle=np.radians([angle] * 2))
    _, masks, _ = render_video(make_spec(body))
    by_hand = 0.25 * 60 / (1.5 + 3**0.5)
    places = np.nonzero(masks[0, 0])[axis] + 0.5
    middle = (24, 32)[axis]
    offset = (sign * (places - middle)).mean()
    assert offset == pytest.approx(by_hand, abs=0.4)


def test_squash_changes_the_sides():
    square = make_body('square', size=20, squash=np.array([0.2, 0.2]))
    _, masks, _ = render_video(make_spec(square))
    rows, columns = np.nonzero(masks[0, 0])
    assert np.ptp(columns) + 1 == pytest.approx(24, abs=1)
    assert np.ptp(rows) + 1 == pytest.approx(16, abs=1)


def test_light_and_noise_leave_masks_alone():
    spec = make_spec(make_body())
    loud = replace(spec, gain=np.array([0.5, 1.2]), noise=9.0, blur=np.ones(2))
    frames, masks, _ = render_video(spec)
    other, same, _ = render_video(loud)
    np.testing.assert_array_equal(masks, same)
    assert other[0].mean() == pytest.approx(0.5 * frames[0].mean(), rel=0.05)


def test_panning_moves_the_background():
    spec = make_spec(background='brick')
    still = render_video(spec)[0]
    np.testing.assert_array_equal(still[0], still[1])
    panned = replace(spec, camera=np.array([[0.0, 0, 1], [3.0, 0, 1]]))
    first, second = render_video(panned)[0]
    np.testing.assert_array_equal(first[:, 3:], second[:, :-3])


@pytest.mark.parametrize('kind', BACKGROUNDS)
def test_backgrounds_have_texture_and_any_size(kind):
    for side in (1, 2, 40):
        image = draw_background(kind, side, side, 2, np.random.default_rng(0))
        assert image.shape == (side, side, 3) and image.dtype == np.float32
        assert image.min() >= 0 and image.max() <= 255
    assert image.std((0, 1)).min() > 3


@pytest.mark.parametrize('pattern', PATTERNS)
def test_patterns_show_both_colours(pattern):
    share = surface_pattern(pattern, 60, 12, np.random.default_rng(0))
    if pattern == 'plain':
        assert share.max() == 0
    else:
        assert 0.1 < (share > 0.5).mean() < 0.7


def test_unknown_pattern_is_refused():
    with pytest.raises(ValueError, match='knitted'):
        surface_pattern('knitted', 8, 4, np.random.default_rng(0))
