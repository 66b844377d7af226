"""What is taken as the direction of a vector."""

import pytest
import torch

from mmselfshot.retrieval import Neighbours
from mmselfshot.retrieval.vector_store import unit_vectors
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
