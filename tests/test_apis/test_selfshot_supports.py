"""Files of supports of a tiny world, and indexes of random vectors."""

import pytest
import torch
from fewshot_worlds import TINY, make_fewshot

from mmselfshot.apis.selfshot_supports import SeedSupports
from mmselfshot.apis.selfshot_trials import RANKING
from mmselfshot.datasets.support_pairs import read_support_pairs
from mmselfshot.datasets.toyvis.fewshot.reading import read_fewshot_world
from mmselfshot.retrieval import ClipRecord, FlatIndex
from mmselfshot.utils import read_json

CHANGES = {'num_pool': 72, 'sources_per_unseen': 4, 'num_frames': 2}


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('world')
    make_fewshot(root, TINY | CHANGES, seed=3)
    return root


@pytest.fixture(scope='module')
def world(root):
    return read_fewshot_world(root)


@pytest.fixture(scope='module')
def supports(root, world, tmp_path_factory):
    folder = tmp_path_factory.mktemp('files')
    draw = torch.Generator().manual_seed(0)

    def index(encoder, part):
        path = folder / 'index' / encoder / part
        if not path.exists():
            records = [
                ClipRecord(clip.name, clip.source, 0, 1)
                for clip in world.clips
            ]
            if part != 'pool':
                names = [
                    video['source']
                    for video in world.labels[part].videos.values()
                ]
                records = [ClipRecord(name, name, 0, 1) for name in names]
            vectors = torch.randn(len(records), 8, generator=draw)
            made = FlatIndex.create(path, f'hash of {encoder}', 8)
            made.add(vectors, records)
            made.flush()
        return path

    return SeedSupports(root, folder / 'supports', 3, index)


def shown_in(world):
    return {clip.name: clip for clip in world.clips}


def test_oracles_show_the_target_and_wrong_ones_do_not(supports, world):
    shown = shown_in(world)
    for oracle, wrong in zip(
        supports.pairs('queries', 'oracle'), supports.pairs('queries', 'wrong')
    ):
        (target,) = oracle.category_ids
        assert len(oracle.supports) >= 4 and len(wrong.supports) == 10
        for name in oracle.supports:
            assert target in shown[name].target_ids
        for name in wrong.supports:
            assert target not in shown[name].category_ids


def test_mixes_begin_with_right_supports(supports):
    oracle = supports.pairs('queries', 'oracle')[0].supports
    wrong = supports.pairs('queries', 'wrong')[0].supports
    mixed = supports.pairs('queries', 'right3')[0].supports
    assert mixed == (*oracle[:3], *wrong[:2])
    semi = supports.pairs('queries', 'semi2')[0].supports
    assert semi[:2] == oracle[:2] and len(set(semi)) == 10


def test_a_swap_video_asks_twice(supports):
    first, second = supports.pairs('swap', 'oracle')
    assert first.video_id == second.video_id
    assert first.category_ids != second.category_ids


def test_parts_of_the_pool_are_nested(supports, world):
    shown = shown_in(world)
    parts = {}
    for share in (2, 4):
        found = supports.pairs('queries', f'pool{share}')
        parts[share] = {
            shown[name].source for pair in found for name in pair.supports
        }
        assert 0 < len(parts[share]) <= 36 // share
    left = [set(supports._left_out(share)) for share in (2, 4)]
    assert left[0] < left[1] and len(left[0]) == 36 and len(left[1]) == 54
    whole = supports.pairs('queries', RANKING)
    assert all(len(pair.supports) == 10 for pair in whole)


def test_a_file_says_how_and_is_made_again_only_if_that_changes(
    root, supports
):
    path = supports.path('queries', RANKING)
    settings = read_json(path)['settings']
    assert settings['encoder'] == f'hash of {RANKING}'
    assert (settings['k'], settings['seed']) == (10, 3)
    assert len(read_support_pairs(path, 5)[0].supports) == 5
    before = path.stat().st_mtime_ns
    again = SeedSupports(root, supports.folder, 3, supports.index)
    assert again.path('queries', RANKING).stat().st_mtime_ns == before
    fewer = SeedSupports(root, supports.folder, 3, supports.index, 1)
    assert len(fewer.pairs('queries', RANKING)) == 1


def no_index(encoder, part):
    raise AssertionError(f'asked for an index of {encoder}, {part}')


def test_what_was_found_and_recorded_is_not_searched_again(
    root, supports, tmp_path
):
    path = supports.path('queries', 'semi1')
    recorded = {path.stem: read_json(path)}
    again = SeedSupports(root, tmp_path, 3, no_index, None, recorded.get)
    assert again.pairs('queries', 'semi1') == supports.pairs(
        'queries', 'semi1'
    )
    with pytest.raises(AssertionError, match='asked for an index'):
        again.pairs('queries', RANKING)
    for seed, num in ((4, None), (3, 1)):  # recorded of something else
        other = SeedSupports(root, tmp_path, seed, no_index, num, recorded.get)
        with pytest.raises(AssertionError, match='asked for an index'):
            other.pairs('queries', 'semi1')
