"""What is taken as the direction of a vector."""

import pytest
import torch
from tiny_index import some_index, some_records, some_vectors

from mmselfshot.retrieval import Neighbours
from mmselfshot.retrieval.vector_store import siblings_of, unit_vectors
from mmselfshot.utils import UserError


@pytest.mark.parametrize('scale', [1e-300, 1.0, 1e300])
def test_vectors_of_any_length_get_length_one(scale):
    units = unit_vectors(torch.tensor([[3.0, 4.0]]).double() * scale, 2)
    assert units.dtype == torch.float64
    assert units[0].tolist() == pytest.approx([0.6, 0.8])


def test_no_vector_is_fine_and_one_axis_is_not():
    assert unit_vectors(torch.zeros(0, 3), 3).shape == (0, 3)
    with pytest.raises(UserError, match=r'shape \(3,\), expected \(N, 3\)'):
        unit_vectors(torch.ones(3), 3)


def test_counts_leave_out_what_is_missing():
    rows = torch.tensor([[4, 1], [2, -1], [-1, -1]])
    assert Neighbours(rows, rows.double()).counts().tolist() == [2, 1, 0]


def test_siblings_are_all_clips_of_the_sources(tmp_path):
    """Sources v0, v1 have three clips each, v2 the last one."""
    index = some_index(tmp_path / 'index', num=0)
    index.add(some_vectors(7), some_records(7, per_source=3))
    names = siblings_of(index, index.rows_of(['c00006', 'c00001', 'c00002']))
    assert names == ['c00006', 'c00000', 'c00001', 'c00002']
    assert siblings_of(index, index.rows_of([])) == []
