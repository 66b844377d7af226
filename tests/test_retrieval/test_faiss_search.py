"""Search through faiss: used when good enough, exact otherwise."""

import sys

import pytest
import torch
from tiny_index import some_index, some_records, some_vectors

from mmselfshot.retrieval.faiss_search import (
    FaissSearch,
    fast_or_exact,
    measure_recall,
)


def test_without_faiss_one_line_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'faiss', None)
    index = some_index(tmp_path)
    assert fast_or_exact(index) is index
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(
        'faiss is not installed; pip install faiss-cpu; searching exactly'
    )
    with pytest.raises(ImportError, match='pip install faiss-cpu'):
        FaissSearch(index)


def test_good_recall_is_used_and_equals_exact(tmp_path, capsys):
    pytest.importorskip('faiss')
    index = some_index(tmp_path, 500, 16)
    search = fast_or_exact(index)
    assert isinstance(search, FaissSearch)
    assert 'searching with it' in capsys.readouterr().out
    queries = some_vectors(7, 16, seed=1)
    found, wanted = search.search(queries, 5), index.search(queries, 5)
    assert torch.equal(found.rows, wanted.rows)
    assert torch.equal(found.similarity, wanted.similarity)


def test_bad_recall_is_searched_exactly(tmp_path, capsys):
    pytest.importorskip('faiss')
    index = some_index(tmp_path, 2000, 16)
    search = fast_or_exact(index, factory='IVF16,Flat', nprobe=1)
    assert search is index
    assert 'searching exactly' in capsys.readouterr().out
    poor = FaissSearch(index, 'IVF16,Flat', nprobe=1)
    assert measure_recall(poor, 10, 100) < 0.9


def test_masks_and_changes_of_the_index_hold(tmp_path):
    pytest.importorskip('faiss')
    index = some_index(tmp_path, 100, 16)
    search = FaissSearch(index, rerank=10)
    query = some_vectors(100, 16)[:1]
    index.delete(['c00000'])
    index.add(query, some_records(1, 100))
    assert search.search(query, 1).rows.tolist() == [[100]]
    allowed = torch.zeros(101, dtype=torch.bool)
    allowed[[0, 3, 50]] = True
    found = search.search(query, 2, allowed)
    assert sorted(found.rows[0].tolist()) == [3, 50]
