"""What an update encodes and forgets."""

from pathlib import Path

from mmselfshot.datasets.clip_pool import PoolClip
from mmselfshot.retrieval.index_plan import plan_update


def clip(name, source=None):
    return PoolClip(name, Path(name), source or name)


def test_new_changed_and_gone_clips():
    clips = [clip('new'), clip('same'), clip('other'), clip('moved', 's2')]
    origins = {
        'same': ('same', 'x'),
        'other': ('other', 'x'),
        'moved': ('s1', 'x'),
        'gone': ('gone', 'x'),
    }
    plan = plan_update(clips, ['x', 'x', 'y', 'x'], origins)
    assert plan.encode == [
        (clips[0], 'x'),
        (clips[2], 'y'),
        (clips[3], 'x'),
    ]
    assert plan.forget == ['gone', 'moved', 'other']
    assert (plan.num_new, plan.num_changed, plan.num_gone) == (1, 2, 1)


def test_nothing_changed():
    plan = plan_update([clip('a')], ['x'], {'a': ('a', 'x')})
    assert (plan.encode, plan.forget) == ([], [])
