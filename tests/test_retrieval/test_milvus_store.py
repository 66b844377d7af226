"""Milvus Lite gives what the exact index gives."""

import pytest
import torch
from tiny_index import some_index, some_records, some_vectors

from mmselfshot.retrieval import ClipRecord, FlatIndex, SupportSelector
from mmselfshot.retrieval.milvus_copy import copy_to_milvus
from mmselfshot.retrieval.milvus_store import MilvusStore
from mmselfshot.utils import UserError

REASON = 'needs Milvus Lite: pip install pymilvus milvus-lite'
NUM, CHANNELS = 300, 16


@pytest.fixture(scope='module', autouse=True)
def milvus_lite():
    pytest.importorskip('pymilvus', reason=REASON)
    pytest.importorskip('milvus_lite', reason=REASON)


@pytest.fixture(scope='module')
def flat(tmp_path_factory) -> FlatIndex:
    return some_index(tmp_path_factory.mktemp('flat'), NUM, CHANNELS)


@pytest.fixture(scope='module')
def filled(flat, tmp_path_factory):
    """A store of the same clips, only read by the tests."""
    address = str(tmp_path_factory.mktemp('milvus') / 'pool.db')
    store = MilvusStore.create(address, 'hash0', CHANNELS)
    assert copy_to_milvus(flat, store) == (NUM, 0)
    yield store
    store.close()


@pytest.fixture
def empty(tmp_path):
    store = MilvusStore.create(str(tmp_path / 'pool.db'), 'hash0', 8)
    yield store
    store.close()


def assert_same(found, wanted):
    assert torch.equal(found.rows, wanted.rows)
    assert torch.allclose(found.similarity, wanted.similarity, atol=1e-12)


@pytest.mark.parametrize('k', [1, 10, NUM + 5])
def test_search_is_that_of_the_exact_index(flat, filled, k):
    queries = some_vectors(5, CHANNELS, seed=1)
    assert_same(filled.search(queries, k), flat.search(queries, k))


def test_masks_of_all_and_of_each_query_hold(flat, filled):
    queries = some_vectors(3, CHANNELS, seed=2)
    generator = torch.Generator().manual_seed(0)
    for share in (0.05, 0.5, 0.95):
        mask = torch.rand(NUM, generator=generator) < share
        found = filled.search(queries, 8, mask)
        assert_same(found, flat.search(queries, 8, mask))
        assert mask[found.rows].all()
    each = torch.rand(3, NUM, generator=generator) < 0.5
    each[1] = False
    found = filled.search(queries, 4, each)
    assert_same(found, flat.search(queries, 4, each))
    assert found.rows[1].tolist() == [-1] * 4


def test_records_and_vectors_are_the_same(flat, filled):
    rows = torch.tensor([7, 0, 299, 7])
    assert filled.records(rows) == flat.records(rows)
    assert torch.equal(filled.vectors(rows), flat.vectors(rows))
    assert filled.rows_of(['c00007', 'c00002']).tolist() == [7, 2]
    assert filled.rows_of_source('v3').tolist() == [15, 16, 17, 18, 19]
    assert filled.rows_of_source('other').tolist() == []
    ids = filled.source_ids(torch.tensor([0, 4, 5]))
    assert ids[0] == ids[1] != ids[2]
    assert filled.origins() == flat.origins()
    assert (filled.count(), filled.num_rows) == (NUM, NUM)


def test_supports_are_the_same(flat, filled):
    selector = SupportSelector(6, one_per_source=True, relevance_weight=0.5)
    query = some_vectors(1, CHANNELS, seed=4)[0]
    asked = dict(
        source='v3', pinned=['c00100'], banned=['c00200'], oracles=['c00001']
    )
    found = selector.select(filled, query, **asked)
    wanted = selector.select(flat, query, **asked)
    assert found.records == wanted.records
    assert torch.allclose(found.similarity, wanted.similarity, atol=1e-12)
    assert found.abstain == pytest.approx(wanted.abstain, abs=1e-9)


def test_equal_clips_go_by_their_row(empty):
    vectors = some_vectors(10)
    vectors[3] = 5 * vectors[7]
    empty.add(vectors, some_records(10))
    assert empty.search(vectors[7:8], 2).rows.tolist() == [[3, 7]]


def test_removed_clips_come_back_under_new_rows_after_a_restart(tmp_path):
    """Also when the last row was removed: it is not used again."""
    address = str(tmp_path / 'pool.db')
    store = MilvusStore.create(address, 'hash0', 8)
    store.add(some_vectors(10), some_records(10))
    store.delete(['c00009', 'c00004'])
    store.flush()
    store.close()
    store = MilvusStore(address, 'hash0')
    assert (store.count(), store.num_rows) == (8, 10)
    query = some_vectors(10)[4:5]
    assert 4 not in store.search(query, 8).rows
    with pytest.raises(UserError, match=r"no clip 'c00004'.* 1 others"):
        store.rows_of(['c00004', 'c00009', 'c00000'])
    store.add(query, some_records(1, 4))
    assert store.search(query, 1).rows.tolist() == [[10]]
    alive = store.is_alive()
    assert alive.shape == (11,)
    assert (~alive).nonzero().flatten().tolist() == [4, 9]
    store.close()


def test_copy_follows_changes_of_the_index(tmp_path, empty):
    index = some_index(tmp_path / 'index')
    copy_to_milvus(index, empty)
    index.delete(['c00001', 'c00002'])
    index.add(
        some_vectors(2, seed=9),
        [
            ClipRecord('c00002', 'v0', 0, 1, 'other'),
            ClipRecord('new', 'v9', 0, 1),
        ],
    )
    assert copy_to_milvus(index, empty) == (2, 2)
    assert copy_to_milvus(index, empty) == (0, 0)
    assert empty.origins() == index.origins()
    query = some_vectors(2, seed=9)[:1]
    (found,) = empty.records(empty.search(query, 1).rows[0])
    assert found.content == 'other'


def test_mistakes_are_one_line_and_change_nothing(empty, capsys):
    query = some_vectors(1)
    with pytest.raises(UserError, match='no clip in'):
        empty.search(query, 1)
    empty.add(some_vectors(5), some_records(5))
    bad = some_vectors(2, seed=1)
    bad[1] = float('nan')
    with pytest.raises(UserError, match='1 of 2 vectors are zero or not'):
        empty.add(bad, some_records(2, 5))
    with pytest.raises(UserError, match="'c00004' is in"):
        empty.add(some_vectors(2), some_records(2, 4))
    with pytest.raises(UserError, match='comes twice'):
        empty.add(some_vectors(2), some_records(1, 9) * 2)
    with pytest.raises(UserError, match=r'expected \(N, 8\)'):
        empty.search(some_vectors(1, 9), 1)
    assert empty.count() == 5
    capsys.readouterr()
    assert empty.search(query, 7).rows.shape == (1, 5)
    assert '7 clips wanted, 5 in' in capsys.readouterr().out


def test_other_encoder_version_and_address_are_refused(tmp_path, monkeypatch):
    address = str(tmp_path / 'pool.db')
    MilvusStore.create(address, 'hash0', 8).close()
    with pytest.raises(UserError, match='made by encoder hash0, found'):
        MilvusStore(address, 'hash1')
    with pytest.raises(UserError, match='holds the collection'):
        MilvusStore.create(address, 'hash0', 8)
    with pytest.raises(UserError, match='no collection other in'):
        MilvusStore(address, collection='other')
    monkeypatch.setattr('mmselfshot.retrieval.milvus_store.VERSION', '0')
    with pytest.raises(UserError, match=r"'1'.*, expected .*'0'"):
        MilvusStore(address)
    with pytest.raises(UserError, match='no Milvus at'):
        MilvusStore(str(tmp_path / 'gone' / 'pool.db'))


def test_awkward_names_are_found(empty):
    names = ['a "quoted" \\ name', "it's", 'ünï/cödé', ' ', 'x' * 2000]
    records = [ClipRecord(name, name, 0.5, 1.25, name) for name in names]
    empty.add(some_vectors(5), records)
    assert empty.rows_of(names).tolist() == [0, 1, 2, 3, 4]
    assert empty.records(torch.arange(5)) == records
    for row, name in enumerate(names):
        assert empty.rows_of_source(name).tolist() == [row]
        assert empty.rows_of_content(name).tolist() == [row]
