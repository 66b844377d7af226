"""Fixed pairs: who supports whom, prefixes, seeds, and the file."""

import json
from collections import Counter

import pytest
from test_benchmark_splits import make_labels

from mmselfshot.datasets.benchmark_splits import find_split
from mmselfshot.datasets.episode_records import frames_of_videos
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import (
    Candidate,
    SupportPair,
    choose_supports,
    pairs_content,
    pairs_of_pool,
    pairs_of_split,
    read_support_pairs,
)
from mmselfshot.datasets.toyvis.fewshot.reading import PoolTruth
from mmselfshot.utils import UserError, write_json


def candidate(name, *classes, source=None):
    return Candidate(name, source or name, frozenset(classes))


QUERY = candidate('q', 1, 9)
POOL = [candidate(f'c{n}', 1, 2 + n % 3) for n in range(12)]


def test_a_smaller_k_gives_a_prefix_and_order_does_not_matter():
    five = choose_supports(QUERY, [1], POOL, 5, seed=0)
    assert len(set(five)) == 5
    for k in (1, 3):
        assert choose_supports(QUERY, [1], POOL[::-1], k, 0) == five[:k]
    assert choose_supports(QUERY, [1], POOL, 5, seed=1) != five
    other = choose_supports(candidate('r', 1), [1], POOL, 5, 0)
    assert other != five


def test_supports_that_share_the_target_only_come_first():
    pool = [candidate(f'both{n}', 1, 9) for n in range(20)]
    pool += [candidate('clean', 1, 4), candidate('wrong', 9)]
    chosen = choose_supports(QUERY, [1], pool, 2, 0)
    assert chosen[0] == 'clean' and chosen[1].startswith('both')


def test_one_of_a_source_and_none_of_the_query_own():
    pool = [candidate(f'a{n}', 1, source='a') for n in range(4)]
    pool += [candidate('own', 1, source='q'), candidate('b', 1)]
    chosen = choose_supports(QUERY, [1], pool, 5, 0)
    assert len(chosen) == 2 and 'b' in chosen and 'own' not in chosen


def test_several_targets_take_turns():
    query = candidate('q', 1, 2)
    pool = [
        candidate(f'{kind}-{n}', kind) for kind in (1, 2) for n in range(4)
    ]
    chosen = choose_supports(query, [1, 2], pool, 5, 0)
    assert [name[0] for name in chosen] == ['1', '2', '1', '2', '1']


def test_too_few_candidates_give_fewer_supports():
    assert choose_supports(QUERY, [1], POOL[:2], 5, 0) != ()
    assert len(choose_supports(QUERY, [1], POOL[:2], 5, 0)) == 2
    assert choose_supports(QUERY, [1], [candidate('c', 2)], 5, 0) == ()


def test_pairs_of_self_vis_stay_among_test_videos_of_a_class():
    """Dog 8: videos 1 to 4; shark 35: 5 and 6; person 1 is a train class."""
    labels = make_labels('self-vis', [[8]] * 4 + [[35]] * 2 + [[1], [8, 1]])
    pairs = list(pairs_of_split(labels, find_split('self-vis'), 3, 0))
    assert [pair.name for pair in pairs] == [f'v{n}' for n in range(1, 7)]
    for pair in pairs[:4]:
        assert pair.category_ids == (8,)
        rest = {'v1', 'v2', 'v3', 'v4'} - {pair.name}
        assert set(pair.supports) == rest
    assert pairs[4].supports == ('v6',) and pairs[5].supports == ('v5',)


def test_pairs_of_the_training_part_have_no_test_class():
    """Person 1 and cat 14 are train classes, dog 8 is a test class."""
    labels = make_labels('self-vis', [[1]] * 3 + [[14], [8], [8], [1, 8]])
    split = find_split('self-vis')
    pairs = list(pairs_of_split(labels, split, 2, 0, 'train'))
    assert [pair.name for pair in pairs] == ['v1', 'v2', 'v3', 'v4']
    assert {one for pair in pairs for one in pair.category_ids} == {1, 14}
    for pair in pairs[:3]:
        assert set(pair.supports) == {'v1', 'v2', 'v3'} - {pair.name}
    assert pairs[3].supports == ()
    mixed = make_labels('self-ovis', [[2, 4], [4], [4], [4, 1]])
    pairs = list(pairs_of_split(mixed, find_split('self-ovis'), 1, 0, 'train'))
    assert [pair.category_ids for pair in pairs] == [(2, 4), (4,), (4,)]


def test_videos_with_names_go_by_these(tmp_path):
    """As the data set that reads the pairs calls them."""
    labels = make_labels('self-vis', [[8]] * 3)
    for number, video in labels.videos.items():
        video['name'] = f'dog {number}'
    pairs = list(pairs_of_split(labels, find_split('self-vis'), 2, 0))
    assert [pair.name for pair in pairs] == ['dog 1', 'dog 2', 'dog 3']
    assert set(pairs[0].supports) == {'dog 2', 'dog 3'}
    assert set(frames_of_videos(labels, '')) == {pair.name for pair in pairs}


def toy_labels(targets, is_swap=False):
    videos = [
        {'id': 1, 'file_names': ['q/0.jpg'], 'source': 'q'}
        | ({'target_ids': targets} if targets else {})
    ]
    kinds = targets or [1]
    annotations = [
        {'id': n, 'video_id': 1, 'category_id': kind, 'is_target': True}
        for n, kind in enumerate(kinds, 1)
    ]
    if not is_swap:
        other = {'id': 9, 'video_id': 1, 'category_id': 9, 'is_target': False}
        annotations.append(other)
    return LabelFile([], videos, annotations)


CLIPS = [
    PoolTruth(
        f'pool/{kind}-{n}',
        f's{kind}-{n}',
        frozenset({kind, 20 + n}),
        frozenset({kind}),
        'x',
    )
    for kind in (1, 2)
    for n in range(6)
]
# shows kind 1, but as what is not the target
CLIPS.append(PoolTruth('pool/x', 'sx', frozenset({1, 3}), frozenset({3}), 'x'))


def test_pairs_of_the_pool_show_the_target_as_the_target():
    (pair,) = pairs_of_pool(toy_labels([1]), CLIPS, 6, 0)
    assert pair.category_ids == (1,)
    assert set(pair.supports) == {f'pool/1-{n}' for n in range(6)}


def test_a_swap_video_gives_a_pair_for_each_kind():
    pairs = list(pairs_of_pool(toy_labels([1, 2], True), CLIPS, 3, 0))
    assert [pair.category_ids for pair in pairs] == [(1,), (2,)]
    for pair, kind in zip(pairs, '12'):
        assert {name[5] for name in pair.supports} == {kind}
    (both,) = pairs_of_pool(toy_labels([1, 2]), CLIPS, 4, 0)
    assert both.category_ids == (1, 2)
    assert Counter(name[5] for name in both.supports) == {'1': 2, '2': 2}


def test_a_label_file_without_targets_is_one_line():
    with pytest.raises(UserError, match='has no target_ids; expected a label'):
        list(pairs_of_pool(toy_labels([]), CLIPS, 3, 0))


def test_a_file_reads_back_and_gives_prefixes(tmp_path):
    pairs = list(pairs_of_pool(toy_labels([1]), CLIPS, 5, 0))
    path = tmp_path / 'pairs.json'
    write_json(path, pairs_content(pairs, {'k': 5, 'seed': 0}))
    assert read_support_pairs(path) == pairs
    assert read_support_pairs(path, 1)[0].supports == pairs[0].supports[:1]
    with pytest.raises(
        UserError, match='holds 5 supports per query, wanted 6'
    ):
        read_support_pairs(path, 6)
    path.write_text('{}')
    with pytest.raises(UserError, match='holds no support pairs'):
        read_support_pairs(path)


@pytest.mark.parametrize(
    ('change', 'line'),
    [
        (lambda one: one.pop('settings'), 'has no number settings.k; add'),
        (lambda one: one['settings'].clear(), 'has no number settings.k; add'),
        (lambda one: one.pop('pairs'), 'has no list pairs; add one entry'),
        (
            lambda one: one['pairs'][1].pop('supports'),
            'entry 1 of pairs in .* has nothing as supports; expected a list',
        ),
        (
            lambda one: one['pairs'][0].update(video_id='v1'),
            "entry 0 of pairs in .* has 'v1' as video_id; expected a number",
        ),
        (
            lambda one: one['pairs'][0].update(category_ids=['cat']),
            'category_ids; expected a list of numbers',
        ),
        (
            lambda one: one['pairs'].append('v3'),
            'entry 2 of pairs in .* has nothing as video_id',
        ),
    ],
)
def test_a_file_by_hand_with_a_mistake_is_one_line(tmp_path, change, line):
    pairs = [SupportPair(n, f'v{n}', (1,), ('a',)) for n in (1, 2)]
    content = pairs_content(pairs, {'k': 1})
    path = tmp_path / 'pairs.json'
    write_json(path, content)
    assert read_support_pairs(path) == pairs
    change(content)
    write_json(path, content)
    with pytest.raises(UserError, match=line) as raised:
        read_support_pairs(path)
    assert '\n' not in str(raised.value)


def test_the_tool_says_counts_and_writes_the_same_again(
    repo, tmp_path, monkeypatch, capsys
):
    import runpy
    import sys

    labels = make_labels('self-vis', [[8]] * 7 + [[1]])
    for many in labels.annotations.values():
        for one in many:
            one |= {'segmentations': [None], 'bboxes': [None]}
            one |= {'areas': [None], 'iscrowd': 0}
    labels.save(tmp_path / 'train.json')

    def run(*args):
        tool = str(repo / 'tools/dataset_tools/make_support_pairs.py')
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(tool, run_name='__main__')
        return ended.value.code, *capsys.readouterr()

    source = tmp_path / 'train.json'
    texts = []
    for name in ('a.json', 'b.json'):
        out = tmp_path / name
        status, text, err = run(source, '--split', 'self-vis', '--out', out)
        assert status == 0, err
        assert 'warning: the paper counts 2123 (all)' in text
        assert 'train: 1 videos, test: 7 videos' in text
        texts.append(out.read_bytes())
    assert texts[0] == texts[1]
    assert len(json.loads(texts[0])['pairs']) == 7
    halves = []
    for half in ('val', 'test'):
        out = tmp_path / f'{half}.json'
        chosen = '--split', 'self-vis', '--half', half, '--out', out
        assert run(source, *chosen)[0] == 0
        halves.append(json.loads(out.read_text())['pairs'])
    assert [len(pairs) for pairs in halves] == [3, 4]
    both = sorted(halves[0] + halves[1], key=lambda one: one['video_id'])
    assert both == json.loads(texts[0])['pairs']  # with the same supports
    out = tmp_path / 'train_pairs.json'
    both = '--part', 'train', '--out', out
    assert run(source, '--split', 'self-vis', *both)[0] == 0
    (pair,) = json.loads(out.read_text())['pairs']
    assert pair['category_ids'] == [1]
    status, _, err = run(source, '--pool-truth', tmp_path / 'x.json', *both)
    assert status == 2 and "part 'train'; expected train or test of" in err
    status, _, err = run(source, '--out', tmp_path / 'c.json')
    assert status == 2 and err.startswith('error: give --split')
    status, _, err = run(
        source, '--split', 'self-vis', '--k', 0, '--out', tmp_path / 'c.json'
    )
    assert status == 2 and '0 supports per query' in err
    assert not (tmp_path / 'c.json').exists()
