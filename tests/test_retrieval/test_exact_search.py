"""The blocked search against a sort of all similarities in numpy."""

import numpy as np
import pytest
import torch

from mmselfshot.retrieval import exact_search
from mmselfshot.retrieval.exact_search import search_exactly
from mmselfshot.retrieval.vector_store import unit_vectors


def units(num, channels=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(num, channels, generator=generator)
    return unit_vectors(vectors, channels)


def all_allowed(table):
    return torch.ones(len(table), dtype=torch.bool)


def sorted_rows(table, queries, allowed=None):
    """Rows by falling similarity, then rising row: (Q, M) in numpy."""
    similarity = np.einsum(
        'qc,mc->qm', queries.numpy(), table.double().numpy()
    )
    if allowed is not None:
        similarity[~np.broadcast_to(allowed, similarity.shape)] = -np.inf
    return np.argsort(-similarity, axis=1, kind='stable')


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
@pytest.mark.parametrize('block', [7, 64, 8192])
def test_rows_are_those_of_a_sort(monkeypatch, dtype, block):
    monkeypatch.setattr(exact_search, 'BLOCK', block)
    table, queries = units(200).to(dtype), units(70, seed=1)
    found = search_exactly(table, queries, 9, all_allowed(table))
    assert np.array_equal(found.rows, sorted_rows(table, queries)[:, :9])
    assert found.similarity.dtype == torch.float64


def test_equal_rows_go_by_their_number(monkeypatch):
    """Also when there are more of them than are compared at first."""
    monkeypatch.setattr(exact_search, 'BLOCK', 32)
    table = units(300).float()
    table[::3] = table[0]
    found = search_exactly(table, units(1), 50, all_allowed(table))
    assert found.rows[0].tolist() == list(range(0, 150, 3))
    assert found.similarity[0].unique().numel() == 1


def test_differences_below_float32_are_seen():
    """cos(a, b) for angles 1e-4 * i: 1 - 5e-9 i^2, all 1 in float32."""
    angles = torch.arange(40).double() * 1e-4
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    table = torch.stack([angles.cos(), angles.sin()], 1)[order].float()
    query = torch.tensor([[1.0, 0.0]]).double()
    found = search_exactly(table, query, 5, all_allowed(table))
    wanted = sorted_rows(table, query)[0, :5]
    assert found.rows[0].tolist() == wanted.tolist()


def test_answer_does_not_depend_on_other_queries():
    table, queries = units(500).float(), units(90, seed=1)
    together = search_exactly(table, queries, 5, all_allowed(table))
    for i in (0, 63, 64, 89):
        alone = search_exactly(
            table, queries[i : i + 1], 5, all_allowed(table)
        )
        assert torch.equal(alone.rows[0], together.rows[i])
        assert torch.equal(alone.similarity[0], together.similarity[i])


def test_only_allowed_rows_are_found():
    table, queries = units(60).float(), units(3, seed=1)
    allowed = (
        torch.rand(3, 60, generator=torch.Generator().manual_seed(0)) < 0.5
    )
    found = search_exactly(table, queries, 6, allowed)
    wanted = sorted_rows(table, queries, allowed.numpy())[:, :6]
    assert np.array_equal(found.rows, wanted)


def test_missing_rows_are_marked():
    table, queries = units(10).float(), units(2, seed=1)
    allowed = torch.zeros(2, 10, dtype=torch.bool)
    allowed[0, [3, 8]] = True
    found = search_exactly(table, queries, 5, allowed)
    assert sorted(found.rows[0].tolist()) == [3, 8]
    assert found.rows[1].tolist() == [-1, -1]
    assert found.similarity[1].isinf().all()
    assert found.counts().tolist() == [2, 0]


def test_no_query_gives_no_row():
    table = units(10).float()
    found = search_exactly(table, units(1)[:0], 5, all_allowed(table))
    assert found.rows.shape == (0, 0)
