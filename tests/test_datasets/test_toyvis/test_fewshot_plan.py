"""Kinds, their split, and who meets whom in level `fewshot`."""

from collections import Counter

import pytest

from mmselfshot.datasets.toyvis.fewshot.kinds import make_kinds
from mmselfshot.datasets.toyvis.fewshot.plan import plan_pool, plan_split
from mmselfshot.datasets.toyvis.options import make_options
from mmselfshot.utils import UserError

OPTIONS = make_options('fewshot')
TABLE = make_kinds(OPTIONS)


def test_there_are_80_kinds_and_each_look_is_of_one():
    assert len(TABLE.kinds) == len({kind.look for kind in TABLE.kinds}) == 80
    assert len(TABLE.group(True)) == 20
    motions = Counter(kind.motion for kind in TABLE.kinds)
    assert min(motions.values()) >= 15


@pytest.mark.parametrize('seed', range(4))
def test_only_the_combination_of_an_unseen_kind_is_new(seed):
    table = make_kinds(make_options('fewshot', split_seed=seed))
    for name in ('outline', 'surface', 'motion'):
        seen = Counter(getattr(kind, name) for kind in table.group(False))
        assert {getattr(kind, name) for kind in table.group(True)} <= set(seen)
        assert min(seen.values()) >= 2
    assert not set(table.scenes_seen) & set(table.scenes_unseen)
    for kind in table.kinds:
        assert kind.scene in table.scenes(kind.is_unseen)


def test_too_many_unseen_kinds_are_refused():
    with pytest.raises(UserError, match='leave at least 4 seen'):
        make_options('fewshot', num_unseen=77)
    with pytest.raises(UserError, match=r'no seen kind has .*; lower'):
        make_kinds(make_options('fewshot', num_unseen=74, num_pool=0))


@pytest.mark.parametrize('split', ['train', 'queries', 'swap', 'multi'])
def test_videos_show_kinds_and_scenes_of_one_group(split):
    is_unseen = split != 'train'
    plans = plan_split(OPTIONS, 0, split)
    assert len(plans) == getattr(OPTIONS, f'num_{split}')
    for plan in plans:
        assert plan.scene in TABLE.scenes(is_unseen)
        assert {kind.is_unseen for kind in plan.kinds} == {is_unseen}
        for n, kind in enumerate(plan.kinds):
            assert not any(kind.is_near(one) for one in plan.kinds[:n])
        for other in plan.others:
            assert other.scene != plan.scene
            assert other.scene not in {one.scene for one in plan.targets}


def test_each_seen_kind_is_the_target_and_no_target():
    plans = plan_split(OPTIONS, 0, 'train')
    targets = Counter(plan.targets[0] for plan in plans)
    others = Counter(kind for plan in plans for kind in plan.others)
    assert set(targets) == set(others) == set(TABLE.group(False))
    assert set(targets.values()) == {10}  # 600 videos of 60 kinds


def test_most_videos_show_the_scene_of_their_target():
    plans = plan_split(OPTIONS, 0, 'train')
    share = sum(p.scene == p.targets[0].scene for p in plans) / len(plans)
    assert share == pytest.approx(0.7, abs=0.06)


def test_swap_videos_show_two_kinds_in_a_scene_of_neither():
    for plan in plan_split(OPTIONS, 0, 'swap'):
        assert len(plan.targets) == 2 and not plan.others and plan.is_swap
        assert plan.scene not in {kind.scene for kind in plan.targets}


def test_multi_videos_show_one_to_four_target_kinds():
    plans = plan_split(OPTIONS, 0, 'multi')
    assert Counter(len(plan.targets) for plan in plans) == dict.fromkeys(
        range(1, 5), 40
    )


@pytest.mark.parametrize('seed', [0, 1])
def test_no_kind_is_frequent_in_the_pool(seed):
    plans = plan_pool(OPTIONS, seed)
    assert len(plans) == 3000
    held = Counter(kind for plan in plans for kind in plan.kinds)
    assert max(held.values()) <= 0.03 * 3000
    assert sum(not plan.kinds for plan in plans) == 900
    sources = {}
    for plan in plans:
        sources.setdefault(plan.source, []).append(plan)
    assert {len(clips) for clips in sources.values()} == {5}
    for kind in TABLE.group(True):
        own = [s for s, (p, *_) in sources.items() if kind in p.targets]
        assert len(own) == 12


def test_another_seed_is_another_plan_and_the_same_seed_the_same():
    first = plan_split(OPTIONS, 0, 'queries')
    assert plan_split(OPTIONS, 0, 'queries') == first
    assert plan_split(OPTIONS, 1, 'queries') != first


def test_more_videos_do_not_change_those_before():
    more = make_options('fewshot', num_queries=220)
    assert plan_split(more, 0, 'queries')[:200] == plan_split(
        OPTIONS, 0, 'queries'
    )


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'num_pool': 3001}, 'a multiple of clips_per_source, 5'),
        ({'num_pool': 600}, 'a pool of 120 sources has no room'),
        ({'max_frequency_share': 0.01}, '0.01 allows 6 sources to hold one'),
        ({'junk_share': 1.5}, 'junk_share is 1.5; expected 0 to 1'),
        ({'min_zoom': 2}, 'min_zoom is above max_zoom'),
        ({'min_zoom': 0.2}, 'expected 0.5 or more'),
        ({'motions': 'flying'}, 'motions is flying; expected some of gliding'),
        ({'outlines': ''}, 'outlines is empty'),
        ({'kinds': 'disc'}, "no option 'kinds'; the options are outlines"),
        ({'num_frames': 0}, 'num_frames is 0; expected 1'),
    ],
)
def test_an_option_that_makes_no_world_is_one_line(changes, message):
    with pytest.raises(UserError, match=message):
        make_options('fewshot', **changes)


def test_more_scenes_than_there_are_is_one_line():
    with pytest.raises(UserError, match='there are 42 scenes'):
        make_kinds(make_options('fewshot', num_scenes_seen=30))
