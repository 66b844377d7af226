"""Promises of level `fewshot`: kept by a world, and found when broken."""

import runpy
import sys
from dataclasses import replace

import numpy as np
import pytest
from fewshot_worlds import SMALL, make_fewshot

from mmselfshot.datasets.toyvis.fewshot import check, controls
from mmselfshot.datasets.toyvis.fewshot.matching import measure_track
from mmselfshot.datasets.toyvis.fewshot.reading import (
    read_fewshot_world,
    read_truth,
)
from mmselfshot.utils import UserError


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('fewshot_check') / 'world'
    make_fewshot(root, SMALL)
    return root


@pytest.fixture
def world(root):
    return read_fewshot_world(root)


@pytest.fixture
def tool(repo, monkeypatch, capsys):
    def run_tool(*args):
        path = str(repo / 'tools/dataset_tools/check_fewshot.py')
        monkeypatch.setattr(sys, 'argv', [path, *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(path, run_name='__main__')
        return ended.value.code, *capsys.readouterr()

    return run_tool


def test_a_world_keeps_its_promises(tool, root):
    status, out, _ = tool(root)
    assert status == 0, out
    assert 'all kept' in out and 'BROKEN' not in out
    for promise in (
        'share of junk',
        'share of clips with one kind',
        'sources with an unseen kind as the target',
        'visible time of targets and others',
        'oracle supports that share the target kind only',
        'mean colour',
        'thumbnail',
        'true scene',
    ):
        assert promise in out


def test_another_folder_is_one_line(tool, tmp_path):
    (tmp_path / 'world.json').write_text('{"level": "easy"}')
    status, _, err = tool(tmp_path)
    assert status == 2
    assert err.startswith('error: ') and '--level fewshot' in err
    (tmp_path / 'truth.json').write_text('{"clips": [{"name": 1}]}')
    with pytest.raises(UserError, match='does not say what the clips'):
        read_truth(tmp_path / 'truth.json')


def broken(world, monkeypatch):
    """Names of the broken promises; controls are not run."""
    monkeypatch.setattr(check, 'run_controls', lambda *args: [])
    found = check.check_fewshot_world(world)
    return [one.promise for one in found if not one.is_kept]


def test_a_frequent_kind_and_missing_junk_are_found(world, monkeypatch):
    clips = [
        replace(clip, category_ids=clip.category_ids | {1})
        for clip in world.clips
    ]
    names = broken(replace(world, clips=clips), monkeypatch)
    assert 'share of junk at least 0.3' in names
    assert 'share of clips with one kind at most 0.2' in names


def test_a_rare_unseen_kind_and_a_shared_source_are_found(world, monkeypatch):
    unseen = world.split['unseen_ids'][0]
    clips = [
        replace(clip, target_ids=clip.target_ids - {unseen})
        for clip in world.clips
    ]
    video = next(iter(world.labels['queries'].videos.values()))
    clips[0] = replace(clips[0], source=video['source'])
    names = broken(replace(world, clips=clips), monkeypatch)
    assert 'sources with an unseen kind as the target at least 7' in names
    assert 'queries and pool share no source' in names
    assert '2 clips of each source' in names
    assert any(name.startswith('sources of oracle') for name in names)


def test_larger_targets_and_wrong_scenes_are_found(world, monkeypatch):
    train = world.labels['train']
    for video_id, video in train.videos.items():
        video['scene'] = world.split['unseen_scenes'][0]
        for one in train.annotations[video_id]:
            if one['is_target']:
                one['areas'] = [a and 3 * a for a in one['areas']]
    names = broken(world, monkeypatch)
    assert any(name.startswith('train: size of targets') for name in names)
    assert not any(name.startswith('train: speed') for name in names)
    assert 'training shows no scene of unseen kinds' in names
    assert any(name.startswith('targets in their pref') for name in names)


def test_unseen_kinds_in_training_and_in_stills_are_found(world, monkeypatch):
    unseen = world.split['unseen_ids'][0]
    kind = world.split['kinds'][unseen - 1]
    world.labels['train'].annotations[1][0]['category_id'] = unseen
    world = replace(
        world, stills=frozenset({f'{kind["surface"]}-{kind["outline"]}'})
    )
    names = broken(world, monkeypatch)
    assert 'train: kinds are seen' in names
    assert 'stills show no unseen kind' in names


def test_a_leak_of_colour_is_found(world, monkeypatch):
    """Each kind has a colour of its own."""
    kinds = {clip.name.split('/')[-1]: clip.target_ids for clip in world.clips}
    for video in world.labels['queries'].videos.values():
        kinds[video['file_names'][0].split('/')[0]] = video['target_ids']

    def coloured(folder):
        kind = next(iter(kinds[folder.name]), 0)
        return np.full((16, 16, 3), [kind, 2 * kind % 7, 50.0])

    monkeypatch.setattr(controls, 'read_thumbnail', coloured)
    found = {c.name: c for c in controls.run_controls(world)}
    assert found['mean colour, distance'].ratio > check.MAX_LEAK
    assert found['thumbnail, distance'].ratio > check.MAX_LEAK


def test_a_track_is_measured_by_hand():
    """Root areas 2 and 4; 3 pixels right; middle of a 20 x 10 picture."""
    one = {
        'areas': [4, 16, None, None],
        'bboxes': [[9, 4, 2, 2], [12, 4, 2, 2], None, None],
    }
    size, speed, place, time = measure_track(one, 20, 10)
    assert (size, speed, time) == (3, 3, 0.5)
    assert place == pytest.approx((0 + 0 + 0.3 + 0) / 4)
    assert np.isnan(
        measure_track({'areas': [None], 'bboxes': [None]}, 4, 4)
    ).all()
