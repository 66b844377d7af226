"""What moves and what changes in a video of level `fewshot`."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mmselfshot.datasets.toyvis.fewshot.motions import (
    come_and_go,
    draw_motion,
    fold,
)
from mmselfshot.datasets.toyvis.fewshot.options import MOTIONS
from mmselfshot.datasets.toyvis.fewshot.plan import plan_split
from mmselfshot.datasets.toyvis.fewshot.render import render_fewshot
from mmselfshot.datasets.toyvis.fewshot.scenes import SCENES, draw_scene
from mmselfshot.datasets.toyvis.fewshot.video import draw_fewshot_video
from mmselfshot.datasets.toyvis.options import make_options

OPTIONS = make_options('fewshot', height=48, width=64, max_size=18)
SIDES = np.array([128.0, 80.0])


def test_fold_throws_back_at_the_walls():
    way = np.array([[1.0, 5], [4, 5], [-2, 5], [9, 5]])
    folded = fold(way, np.array([0.0, 0]), np.array([3.0, 9]))
    assert folded[:, 0].tolist() == [1, 2, 2, 3]
    assert folded[:, 1].tolist() == [5] * 4


def test_a_box_without_room_holds_everything_in_its_middle():
    folded = fold(np.ones((2, 2)), np.array([4.0, 0]), np.array([2.0, 0]))
    assert folded.tolist() == [[3, 0], [3, 0]]


@pytest.mark.parametrize('motion', MOTIONS)
def test_every_motion_has_the_same_mean_speed(motion):
    """Walls shorten a step now and then, hence 5 % below at most."""
    low, high = np.array([12.0, 12]), np.array([116.0, 68])
    means = []
    for seed in range(30):
        path = draw_motion(
            *(motion, SIDES / 2, 2.0, 25, low, high),
            np.random.default_rng(seed),
        )
        means.append(np.linalg.norm(np.diff(path, axis=0), axis=1).mean())
    assert np.mean(means) == pytest.approx(2.0, rel=0.05)


def test_motions_are_told_by_their_paths():
    low, high = np.array([-500.0, -500]), np.array([500.0, 500])
    paths = {
        motion: draw_motion(
            *(motion, np.zeros(2), 2.0, 25, low, high),
            np.random.default_rng(3),
        )
        for motion in MOTIONS
    }
    steps = {
        motion: np.linalg.norm(np.diff(path, axis=0), axis=1)
        for motion, path in paths.items()
    }
    reach = {m: np.ptp(path, axis=0).max() for m, path in paths.items()}
    assert steps['gliding'].std() < 1e-9 and reach['gliding'] > 24
    assert steps['hopping'].min() == 0 and steps['hopping'].max() > 3.9
    assert reach['circling'] < 21 and reach['rocking'] < 17
    ranks = {
        m: np.linalg.matrix_rank(np.diff(p, axis=0), 1e-6)
        for m, p in paths.items()
    }
    assert ranks == {'gliding': 1, 'circling': 2, 'rocking': 1, 'hopping': 1}


def test_an_object_is_outside_before_and_after_its_time():
    path = np.tile(SIDES / 2, (12, 1))
    moved = come_and_go(path, 4, 7, 10.0, SIDES)
    assert (moved[4:8] == path[4:8]).all()
    for row in (0, 1, 10, 11):
        outside = (moved[row] <= -9) | (moved[row] >= SIDES + 9)
        assert outside.any()
    assert (come_and_go(path, 0, 11, 10.0, SIDES) == path).all()


@pytest.mark.parametrize('name', SCENES)
def test_a_scene_is_a_field_with_two_levels(name):
    field = draw_scene(name, 48, 64, np.random.default_rng(0))
    assert field.shape == (48, 64) and field.dtype == np.float32
    assert field.min() >= 0 and field.max() <= 1
    assert field.std() > 0.08
    other = draw_scene(name, 48, 64, np.random.default_rng(1))
    assert np.abs(field - other).mean() > 0.02


def draw(split, index, segments=1, seed=0, options=OPTIONS):
    plan = plan_split(options, 0, split)[index]
    rng = np.random.default_rng(seed)
    return plan, draw_fewshot_video(options, plan, segments, rng)


@pytest.mark.parametrize('index', range(8))
def test_each_target_has_a_twin(index):
    """The same size and the same frames in the picture."""
    options = replace(OPTIONS, late_prob=0.5, early_prob=0.5)
    plan, spec = draw('queries', index, options=options)
    sizes = {
        role: Counter(m.size[0] for m in spec.movers if m.is_target == role)
        for role in (True, False)
    }
    assert 1 <= sizes[True].total() <= 4
    assert sizes[False].total() >= sizes[True].total()
    assert not sizes[True] - sizes[False]
    assert {m.kind for m in spec.movers if m.is_target} == set(plan.targets)
    assert {m.kind for m in spec.movers if not m.is_target} == set(plan.others)


def test_swap_videos_have_as_many_of_both_kinds():
    plan, spec = draw('swap', 0)
    count = Counter(mover.kind for mover in spec.movers)
    assert set(count) == set(plan.targets) and len(set(count.values())) == 1


def test_each_segment_has_a_look_of_its_own():
    _, spec = draw('pool', 0, segments=5)
    assert np.bincount(spec.segment).tolist() == [5] * 5
    looks = spec.looks
    for values in (looks.zoom, looks.blur, looks.gain):
        assert len(set(values)) == 5
    assert len(np.unique(looks.ground.reshape(5, -1), axis=0)) == 5
    for n in range(len(spec.movers)):
        colours = looks.surfaces[:, n].reshape(5, -1)
        assert len(np.unique(colours, axis=0)) == 5


def test_masks_are_what_is_seen_and_never_overlap():
    _, spec = draw('queries', 1)
    frames, masks = render_fewshot(spec)
    assert frames.shape == (25, 48, 64, 3) and frames.dtype == np.uint8
    assert masks.shape == (len(spec.movers), 25, 48, 64)
    assert masks.sum(0).max() == 1
    bare, _ = render_fewshot(
        replace(
            spec,
            movers=(),
            looks=replace(spec.looks, surfaces=spec.looks.surfaces[:, :0]),
        )
    )
    far = np.abs(frames.astype(int) - bare).max(-1) > 60
    assert (far & masks.any(0)).sum() > 0.8 * far.sum()
