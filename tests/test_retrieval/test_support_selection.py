"""Which clips support a query, by hand and on small pools."""

import math

import pytest
import torch
from tiny_index import some_index, some_vectors

from mmselfshot.registry import TASK_UTILS
from mmselfshot.retrieval import ClipRecord, FlatIndex, SupportSelector
from mmselfshot.retrieval.support_selection import (
    abstain_score,
    first_of_each_source,
    maximal_marginal_relevance,
    rank_nearest,
    semi_shot_query,
)
from mmselfshot.utils import UserError


def at(*degrees):
    """Unit vectors in a plane."""
    angles = torch.tensor(degrees).double().deg2rad()
    return torch.stack([angles.cos(), angles.sin()], 1)


def plane_index(folder, *degrees, sources=None):
    """Clips `a`, `b`, ... at angles, of a source each unless told."""
    index = FlatIndex.create(folder, 'hash0', 2)
    sources = sources or range(len(degrees))
    index.add(
        at(*degrees),
        [
            ClipRecord(chr(ord('a') + i), f'v{source}', 0, 1)
            for i, source in enumerate(sources)
        ],
    )
    return index


def names(supports):
    return ''.join(record.clip for record in supports.records)


def test_ranks_fall_and_ties_rise():
    similarity = torch.tensor([0.1, 0.5, 0.9, 0.5])
    assert rank_nearest(similarity, 3).tolist() == [2, 1, 3]
    allowed = torch.tensor([True, False, True, True])
    assert rank_nearest(similarity, 9, allowed).tolist() == [2, 3, 0]
    assert rank_nearest(similarity[:0], 2).tolist() == []


def test_first_clip_of_each_source_stays():
    sources = torch.tensor([7, 2, 7, 2, 5])
    assert first_of_each_source(sources).tolist() == [0, 1, 4]
    assert first_of_each_source(sources[:0]).tolist() == []


def test_marginal_relevance_by_hand():
    """w = .5: after 0, gains are .4 - .45 for 1 and .25 - .05 for 2."""
    relevance = torch.tensor([0.9, 0.8, 0.5])
    between = torch.tensor([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]])
    chosen = maximal_marginal_relevance(relevance, between, 2, 0.5)
    assert chosen.tolist() == [0, 2]
    assert maximal_marginal_relevance(relevance, between, 9, 1).tolist() == [
        0,
        1,
        2,
    ]
    chosen = maximal_marginal_relevance(relevance, between, 2, 0.5, 1)
    assert chosen.tolist() == [0, 2]


def test_semi_shot_mean_ignores_lengths():
    """Directions 0 and 90 degrees: 45 degrees, however long they are."""
    query = semi_shot_query(torch.tensor([5.0, 0.0]), torch.tensor([[0, 0.1]]))
    assert query.tolist() == pytest.approx([math.sqrt(0.5)] * 2)
    query = semi_shot_query(torch.tensor([3.0, 4.0]), torch.zeros(0, 2))
    assert query.tolist() == pytest.approx([0.6, 0.8])


def test_mean_without_direction_is_refused():
    with pytest.raises(UserError, match='zero or not finite'):
        semi_shot_query(torch.tensor([1.0, 0]), torch.tensor([[-1.0, 0]]))


def test_abstain_score_by_hand():
    """(1 - .8) / (1 - .5) = .4."""
    pool = torch.tensor([0.1, 0.5, 0.9])
    assert abstain_score(torch.tensor([0.7, 0.9]), pool) == pytest.approx(0.4)
    assert abstain_score(torch.tensor([0.2]), pool) == 1
    assert abstain_score(torch.tensor([1.0]), pool) == 0
    assert abstain_score(torch.zeros(0), pool) == 1
    assert abstain_score(torch.tensor([1.0]), torch.ones(3)) == 0


def test_nearest_clips_support_by_default(tmp_path):
    index = plane_index(tmp_path, 50, 10, -20, 30, 180)
    found = SupportSelector(3).select(index, at(0)[0])
    assert names(found) == 'bcd'
    assert found.rows.tolist() == [1, 2, 3]
    wanted = [math.cos(math.radians(angle)) for angle in (10, 20, 30)]
    assert found.similarity.tolist() == pytest.approx(wanted, abs=1e-6)
    assert found.is_useful


def test_own_source_is_excluded(tmp_path):
    index = plane_index(tmp_path, 0, 1, 40, 80, sources=[1, 1, 2, 3])
    query = at(0)[0]
    assert names(SupportSelector(2).select(index, query, 'v1')) == 'cd'
    assert names(SupportSelector(2).select(index, query, 'v9')) == 'ab'
    keep = SupportSelector(2, exclude_own_source=False)
    assert names(keep.select(index, query, 'v1')) == 'ab'


def test_one_per_source_looks_further_until_filled(tmp_path):
    index = plane_index(
        tmp_path, *range(1, 8), 60, 70, sources=[1] * 7 + [2, 2]
    )
    chosen = SupportSelector(2, one_per_source=True, num_candidates=2)
    assert names(chosen.select(index, at(0)[0])) == 'ah'
    few = SupportSelector(5, one_per_source=True)
    assert names(few.select(index, at(0)[0])) == 'ah'


def test_diversity_takes_from_the_other_side(tmp_path):
    index = plane_index(tmp_path, 10, 11, -20, 170)
    plain = SupportSelector(2).select(index, at(0)[0])
    assert names(plain) == 'ab'
    diverse = SupportSelector(2, relevance_weight=0.5)
    assert names(diverse.select(index, at(0)[0])) == 'ac'


def test_pinned_come_first_and_banned_never(tmp_path):
    index = plane_index(tmp_path, 0, 5, 10, 180)
    query = at(0)[0]
    found = SupportSelector(3).select(index, query, pinned='d', banned='a')
    assert names(found) == 'dbc'
    assert found.similarity[0].item() == pytest.approx(-1)
    near = [math.cos(math.radians(angle)) for angle in (5, 10)]
    assert found.abstain == pytest.approx(  # the pinned one is no support
        (1 - sum(near) / 2) / (1 - near[1]), abs=1e-4
    )
    for settings in (
        dict(one_per_source=True),
        dict(relevance_weight=0.9),
    ):
        found = SupportSelector(3, **settings).select(
            index, query, pinned='d', banned='a'
        )
        assert names(found)[0] == 'd'
        assert 'a' not in names(found)


@pytest.mark.parametrize(
    'lists, text',
    [
        (dict(pinned='a', banned='ba'), "'a' is pinned, and banned"),
        (dict(pinned='a', oracles='a'), 'or an oracle'),
        (dict(pinned='abc'), '3 clips are pinned, expected at most 2'),
        (dict(pinned='aa'), 'different ones'),
        (dict(banned='x'), "no clip 'x'"),
    ],
)
def test_lists_that_contradict_are_refused(tmp_path, lists, text):
    index = plane_index(tmp_path, 0, 5, 10)
    with pytest.raises(UserError, match=text):
        SupportSelector(2).select(index, at(0)[0], **lists)


def test_oracles_turn_the_query_and_are_left_out(tmp_path):
    index = plane_index(tmp_path, 5, 60, 35, -30)
    selector = SupportSelector(2)
    assert names(selector.select(index, at(0)[0])) == 'ad'
    assert names(selector.select(index, at(0)[0], oracles='b')) == 'ca'
    outside = selector.select(index, at(0)[0], oracle_vectors=7 * at(-60))
    assert names(outside) == 'da'


def test_caller_knows_when_nothing_was_found(tmp_path, capsys):
    index = some_index(tmp_path / 'a', 200, 64)
    selector = SupportSelector(abstain_thr=0.5)
    found = selector.select(index, some_vectors(1, 64, seed=5)[0])
    assert found.abstain > 0.5
    assert not found.is_useful
    same = selector.select(index, some_vectors(1, 64, seed=5)[0])
    assert same.abstain == found.abstain
    one = plane_index(tmp_path / 'b', 3)
    alone = selector.select(one, at(0)[0], 'v0')
    assert alone.records == []
    assert alone.abstain == 1
    assert not alone.is_useful
    assert '5 supports wanted, 0 found' in capsys.readouterr().out


def test_empty_pool_and_removed_clips(tmp_path):
    index = plane_index(tmp_path, 0, 40)
    index.delete(['a'])
    assert names(SupportSelector(1).select(index, at(0)[0])) == 'b'
    index.delete(['b'])
    with pytest.raises(UserError, match='no clip'):
        SupportSelector(1).select(index, at(0)[0])


def test_selector_is_registered():
    built = TASK_UTILS.build(dict(type='SupportSelector', num_supports=1))
    assert isinstance(built, SupportSelector)
