"""Nearest supports and semi-shot queries against recorded float64 values."""

import numpy as np
import pytest
import torch

from mmselfshot.retrieval import ClipRecord, FlatIndex, SupportSelector
from mmselfshot.retrieval.support_selection import (
    rank_nearest,
    semi_shot_query,
)


@pytest.fixture(scope='module')
def case(parity_dir):
    path = parity_dir / 'selfshot' / 'momentum_queue_knn.npz'
    with np.load(path, allow_pickle=False) as arrays:
        return {
            name: torch.from_numpy(arrays[name])
            for name in arrays.files
            if name.startswith(('knn_', 'semi_'))
        }


@pytest.fixture(scope='module')
def index(case, tmp_path_factory):
    folder = tmp_path_factory.mktemp('pool')
    index = FlatIndex.create(folder, 'hash0', case['knn_db'].shape[1])
    records = [
        ClipRecord(f'{row}', f'{source}', 0, 1)
        for row, source in enumerate(case['knn_src'].tolist())
    ]
    index.add(case['knn_db'], records)
    return index


def cosines(case, queries):
    units = torch.nn.functional.normalize(case['knn_db'], dim=1)
    return torch.nn.functional.normalize(queries, dim=1) @ units.T


def test_index_finds_the_recorded_rows(case, index):
    found = index.search(case['knn_query'], case['knn_idx'].shape[1])
    assert torch.equal(found.rows, case['knn_idx'])
    torch.testing.assert_close(
        found.similarity, case['knn_sim'], rtol=0, atol=1e-6
    )


def test_selector_excludes_the_recorded_source(case, index):
    wanted = case['knn_idx_exclude_source']
    selector = SupportSelector(wanted.shape[1])
    for i, source in enumerate(case['knn_query_src'].tolist()):
        found = selector.select(index, case['knn_query'][i], f'{source}')
        assert torch.equal(found.rows, wanted[i])
        torch.testing.assert_close(
            found.similarity,
            case['knn_sim_exclude_source'][i],
            rtol=0,
            atol=1e-6,
        )


def test_semi_shot_queries_are_the_recorded_ones(case):
    for query, oracles, wanted in zip(
        case['knn_query'], case['semi_oracle_idx'], case['semi_query']
    ):
        found = semi_shot_query(query, case['knn_db'][oracles])
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-9)


def test_semi_shot_finds_the_recorded_rows(case, index):
    wanted = case['semi_idx']
    similarity = cosines(case, case['semi_query'])
    selector = SupportSelector(wanted.shape[1])
    for i, oracles in enumerate(case['semi_oracle_idx'].tolist()):
        found = selector.select(
            index,
            case['knn_query'][i],
            oracles=[f'{row}' for row in oracles],
        )
        assert torch.equal(found.rows, wanted[i])
        allowed = torch.ones(similarity.shape[1], dtype=torch.bool)
        allowed[oracles] = False
        ranked = rank_nearest(similarity[i], wanted.shape[1], allowed)
        assert torch.equal(ranked, wanted[i])
        torch.testing.assert_close(
            similarity[i, ranked], case['semi_sim'][i], rtol=0, atol=1e-9
        )
