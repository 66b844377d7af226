"""What the default worlds hold: returning, hiding, pairs of one kind."""

from dataclasses import replace

import numpy as np
import pytest

from mmselfshot.datasets.toyvis import (
    draw_video,
    make_options,
    render_video,
)
from mmselfshot.datasets.toyvis.jobs import item_rng, make_video
from mmselfshot.datasets.toyvis.scene import draw_kinds, visible_colours
from mmselfshot.utils import UserError


@pytest.fixture(scope='module')
def videos():
    """The first videos of the default easy world: masks and kinds."""
    options = make_options('easy')
    return [
        make_video(options, 'easy', 0, 'train', index)[1:]
        for index in range(16)
    ]


def test_masks_of_one_frame_never_overlap(videos):
    assert max(masks.sum(0).max() for masks, _ in videos) == 1


def test_masks_are_empty_or_have_the_least_number_of_pixels(videos):
    areas = np.concatenate([m.sum((2, 3)).ravel() for m, _ in videos])
    assert set(areas < 24) == {True, False}
    assert areas[areas > 0].min() >= 24


def test_some_objects_leave_and_return(videos):
    returned = 0
    for masks, _ in videos:
        for seen in masks.any((2, 3)):
            steps = np.diff(seen.astype(int))
            gone, back = np.flatnonzero(steps < 0), np.flatnonzero(steps > 0)
            returned += bool(len(gone) and len(back) and gone[0] < back[-1])
    assert returned >= 3


def test_some_videos_hold_two_of_one_kind(videos):
    assert any(len(set(kinds)) < len(kinds) for _, kinds in videos)


def test_one_to_three_objects_all_of_the_level(videos):
    assert {len(kinds) for _, kinds in videos} == {1, 2, 3}
    named = {kind for _, kinds in videos for kind in kinds}
    assert named <= set(make_options('easy').kinds)


@pytest.mark.parametrize('level', ['easy', 'standard'])
def test_objects_hide_each_other(level):
    options = make_options(level, num_frames=8)
    num_hidden = 0
    for index in range(4):
        spec = draw_video(options, item_rng(level, 0, 'train', index))
        together = render_video(spec)[1]
        named = [body for body in spec.bodies if body.kind is not None]
        for body, seen in zip(named, together):
            alone = render_video(replace(spec, bodies=(body,)))[1][0]
            assert not (seen & ~alone).any()
            num_hidden += int((seen.sum((1, 2)) < alone.sum((1, 2))).sum())
    assert num_hidden > 3


def test_only_standard_has_clutter():
    for level, expected in (('easy', False), ('standard', True)):
        options = make_options(level)
        specs = [
            draw_video(options, item_rng(level, 0, 'train', index))
            for index in range(8)
        ]
        clutter = [b for s in specs for b in s.bodies if b.kind is None]
        assert bool(clutter) is expected


def test_colour_says_nothing_about_the_kind():
    """Every kind is drawn in many colours and patterns."""
    options = make_options('easy')
    looks = {kind: set() for kind in options.kinds}
    for index in range(150):
        spec = draw_video(options, item_rng('easy', 0, 'train', index))
        for body in spec.bodies:
            looks[body.kind].add((body.colour, body.pattern))
    assert min(len(of_kind) for of_kind in looks.values()) >= 12


def test_same_kind_prob_one_gives_one_kind():
    options = make_options(same_kind_prob=1, min_objects=3)
    assert len(set(draw_kinds(options, np.random.default_rng(0)))) == 1


def test_colours_near_the_background_are_left_out():
    assert 'white' not in visible_colours('snowy', 45)
    assert 'black' in visible_colours('snowy', 45)
    assert len(visible_colours('snowy', 1e9)) == 2


def test_davis_objects_are_seen_in_the_first_frame():
    options = make_options(late_prob=0.9, meet_prob=0.9)
    for index in range(4):
        _, masks, _ = make_video(options, 'easy', 0, 'davis_val', index)
        assert masks[:, 0].any((1, 2)).all()


def test_impossible_visibility_is_one_line():
    options = make_options(min_pixels=10**6, num_frames=1)
    with pytest.raises(UserError, match='left an object hidden; lower'):
        make_video(options, 'easy', 0, 'train', 0)


def test_items_do_not_share_randomness():
    draws = [
        item_rng(level, seed, split, index).integers(2**40)
        for level in ('easy', 'standard')
        for seed in (0, 1)
        for split in ('train', 'val', 'pool')
        for index in (0, 1)
    ]
    assert len(set(draws)) == len(draws)
