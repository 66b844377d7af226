"""What Milvus is asked and what is made of its answer; no server needed."""

import sys

import numpy as np
import pytest
import torch

from mmselfshot.retrieval.milvus_search import compare_again, filter_of
from mmselfshot.retrieval.milvus_store import MilvusStore
from mmselfshot.utils import UserError

ROWS = np.array([0, 2, 3, 7])


@pytest.mark.parametrize(
    'allowed, expected',
    [
        (None, ('', 4)),
        ([0, 1, 2, 3, 7], ('', 4)),
        ([0, 2, 3], ('row not in [7]', 3)),
        ([1, 7], ('row in [7]', 1)),
        ([1], ('row in []', 0)),
    ],
)
def test_shorter_list_of_rows_is_sent(allowed, expected):
    mask = None
    if allowed is not None:
        mask = torch.zeros(8, dtype=torch.bool)
        mask[allowed] = True
    assert filter_of(ROWS, mask) == expected


def test_proposals_are_ordered_by_cosine_then_row():
    units = {5: (0.6, 0.8), 1: (1, 0), 4: (0.6, 0.8), 9: (0, 1)}
    found = [dict(row=r, entity=dict(vector=v)) for r, v in units.items()]
    query = torch.tensor([0.0, 1.0], dtype=torch.float64)
    rows, cosines = compare_again(found, query, 3)
    assert rows.tolist() == [9, 4, 5]
    assert cosines.tolist() == pytest.approx([1, 0.8, 0.8])
    rows, cosines = compare_again([], query, 3)
    assert rows.tolist() == cosines.tolist() == []


def test_missing_pymilvus_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'pymilvus', None)
    with pytest.raises(UserError, match='pip install pymilvus milvus-lite'):
        MilvusStore(str(tmp_path / 'pool.db'))
