"""Random, retrieved and mixed supports: sources, prefixes, and the file."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmselfshot.apis.support_files import (
    mixed_pairs,
    random_pairs,
    retrieved_pairs,
    write_support_file,
)
from mmselfshot.datasets.pool_clip import PoolClip
from mmselfshot.datasets.support_pairs import SupportPair, read_support_pairs
from mmselfshot.retrieval import ClipRecord, FlatIndex
from mmselfshot.utils import UserError

QUERY = SupportPair(1, 'q', (7,), ('a', 'b'))


def clips(num=20, per_source=2):
    return [
        PoolClip(f'c{i}', Path(f'c{i}'), f's{i // per_source}')
        for i in range(num)
    ]


def test_random_supports_are_of_different_sources_and_prefixes():
    (five,) = random_pairs([QUERY], clips(), 5, seed=0)
    sources = {int(name[1:]) // 2 for name in five.supports}
    assert len(five.supports) == len(sources) == 5
    (two,) = random_pairs([QUERY], clips()[::-1], 2, seed=0)
    assert two.supports == five.supports[:2]
    (another,) = random_pairs([replace(QUERY, name='r')], clips(), 5, seed=0)
    assert another.supports != five.supports
    (other,) = random_pairs([QUERY], clips(), 5, seed=1)
    assert other.supports != five.supports
    own = [PoolClip(f'o{i}', Path('o'), 'q') for i in range(9)]
    (some,) = random_pairs([QUERY], own + clips(2), 5, seed=0)
    assert len(some.supports) == 1 and some.supports[0] in ('c0', 'c1')


def test_wrong_supports_do_not_show_the_target():
    shown = {f'c{i}': {7, 8} if i % 3 else {8} for i in range(20)}
    (pair,) = random_pairs([QUERY], clips(), 20, seed=0, shown=shown)
    assert pair.supports
    assert all(7 not in shown[name] for name in pair.supports)


@pytest.fixture
def pool(tmp_path):
    """Clips at 10, 20, ..., 60 degrees; a and b are of one source."""
    index = FlatIndex.create(tmp_path / 'pool', 'hash0', 2)
    angles = torch.tensor([10.0, 20, 30, 40, 50, 60]).deg2rad()
    index.add(
        torch.stack([angles.cos(), angles.sin()], 1),
        [
            ClipRecord(name, source, 0, 1)
            for name, source in zip('abcdef', 'ssuvwx')
        ],
    )
    return index


def test_retrieved_supports_are_the_nearest_of_each_source(pool):
    vectors = {'q': torch.tensor([1.0, 0.0])}
    (pair,) = retrieved_pairs([QUERY], pool, vectors, 3)
    assert pair == replace(QUERY, supports=('a', 'c', 'd'))
    (pair,) = retrieved_pairs([QUERY], pool, vectors, 3, one_per_source=False)
    assert pair.supports == ('a', 'b', 'c')
    # a query whose video some clips were cut from
    own = replace(QUERY, name='s')
    (pair,) = retrieved_pairs([own], pool, {'s': vectors['q']}, 2)
    assert pair.supports == ('c', 'd')


def test_given_supports_come_first_and_help(pool):
    """The mean of 0 and 60 degrees is 30: c, then b or d, at 20 and 40."""
    vectors = {'q': torch.tensor([1.0, 0.0])}
    query = replace(QUERY, supports=('f', 'a'))
    (pair,) = retrieved_pairs([query], pool, vectors, 2, num_given=1)
    assert pair.supports == ('f', 'c')
    (pair,) = retrieved_pairs([query], pool, vectors, 3, num_given=2)
    # b, nearest to the mean of 0, 60 and 10, is of the source of a
    assert pair.supports == ('f', 'a', 'c')
    (pair,) = retrieved_pairs([query], pool, vectors, 2, num_given=2)
    assert pair.supports == ('f', 'a')
    with pytest.raises(UserError, match='has 2 labelled supports, wanted 3'):
        list(retrieved_pairs([query], pool, vectors, 4, num_given=3))
    with pytest.raises(UserError, match='query q has no vector'):
        list(retrieved_pairs([query], pool, {}, 2))


def test_mixed_supports_are_filled_up():
    first = [replace(QUERY, supports=('a', 'b', 'c'))]
    second = [replace(QUERY, supports=('b', 'x', 'y', 'z'))]
    for num, wanted in (
        (0, ('b', 'x', 'y')),
        (1, ('a', 'b', 'x')),
        (2, ('a', 'b', 'x')),
        (3, ('a', 'b', 'c')),
    ):
        (pair,) = mixed_pairs(first, second, num, 3)
        assert pair.supports == wanted
    # a video that asks for two kinds has supports of each
    other = replace(QUERY, category_ids=(8,), supports=('u', 'v', 'w'))
    both = list(mixed_pairs([*first, other], [*second, other], 1, 3))
    assert [one.supports for one in both] == [('a', 'b', 'x'), ('u', 'v', 'w')]
    with pytest.raises(UserError, match='has 4 supports in both files'):
        list(mixed_pairs(first, second, 0, 5))
    with pytest.raises(UserError, match='is in one file of pairs only'):
        list(mixed_pairs(first, [], 1, 3))


def test_a_file_reads_back(tmp_path):
    path = tmp_path / 'supports.json'
    write_support_file(path, [QUERY], {'kind': 'random', 'seed': 3})
    assert read_support_pairs(path) == [QUERY]
    assert read_support_pairs(path, 1)[0].supports == ('a',)


def test_given_supports_come_before_random_ones():
    """No other clip of the source of a given one is drawn."""
    given = [replace(QUERY, supports=('c4', 'c9'))]
    for k in (2, 5):
        (pair,) = random_pairs(given, clips(12), k, seed=0, num_given=2)
        assert pair.supports[:2] == ('c4', 'c9') and len(pair.supports) == k
    for seed in range(8):
        (pair,) = random_pairs(given, clips(12), 5, seed, num_given=2)
        assert not {'c5', 'c8'} & set(pair.supports)
    with pytest.raises(UserError, match='6 of 5 supports given; expected 0'):
        list(random_pairs(given, clips(), 5, seed=0, num_given=6))


def test_a_clip_that_the_truth_does_not_know_is_named():
    with pytest.raises(
        UserError, match='what 3 clips show is not known, such as c1'
    ):
        list(random_pairs([QUERY], clips(4), 2, seed=0, shown={'c0': {1}}))


def test_a_given_support_outside_the_pool_helps(pool):
    """As f, at 60 degrees, which may then be found as well."""
    vectors = {
        'q': torch.tensor([1.0, 0.0]),
        'video': pool.vectors(pool.rows_of(['f']))[0],
    }
    query = replace(QUERY, supports=('video', 'a'))
    (pair,) = retrieved_pairs([query], pool, vectors, 6, num_given=1)
    assert pair.supports[:2] == ('video', 'c')
    assert pair.supports[-1] == 'f' and len(pair.supports) == 6


def test_a_given_support_that_has_a_vector_is_not_found_again(pool):
    """a and b are of source s; the mean of 0 and 10 degrees is near a."""
    vectors = {'q': torch.tensor([1.0, 0.0])}
    for name in ('a', 's'):  # a clip of the pool, the video of two of them
        vectors[name] = pool.vectors(pool.rows_of(['a']))[0]
        query = replace(QUERY, supports=(name,))
        (pair,) = retrieved_pairs([query], pool, vectors, 3, num_given=1)
        assert pair.supports == (name, 'c', 'd')
    query = replace(QUERY, supports=('a',))
    (pair,) = retrieved_pairs(
        [query], pool, vectors, 3, num_given=1, one_per_source=False
    )
    assert pair.supports == ('a', 'b', 'c')
