"""Positions of cells as sines and cosines."""

import math

import pytest
import torch

from mmselfshot.models.selfshot import sine_grid_3d, sine_position_3d
from mmselfshot.utils import UserError


def test_cell_by_hand():
    """Frame 1 of 2, row 2 of 3, column 1 of 4; wavelengths 1, 1, 100, 100."""
    found = sine_grid_3d((2, 3, 4), dims=12, dtype=torch.float64)[0, 1, 0]
    expected = []
    for place in (1 / 2, 2 / 3, 1 / 4):
        angle = 2 * math.pi * place
        expected += [math.sin(angle), math.cos(angle)]
        expected += [math.sin(angle / 100), math.cos(angle / 100)]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_positions_are_counts_on_request():
    found = sine_grid_3d((1, 1, 9), dims=6, is_normalised=False)[0, 0, 6]
    expected = [math.sin(1), math.cos(1)] * 2 + [math.sin(7), math.cos(7)]
    assert found.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('is_normalised', [True, False])
@pytest.mark.parametrize('size', [(3, 4, 5), (1, 2, 2), (1, 1, 1)])
def test_grid_is_the_encoding_without_padding(size, is_normalised):
    padding = torch.zeros(2, *size, dtype=torch.bool)
    found = sine_position_3d(padding, 18, is_normalised)
    grid = sine_grid_3d(size, 18, is_normalised)
    assert found.shape == (2, *size, 18)
    torch.testing.assert_close(found, grid.expand_as(found))


def test_padding_after_the_cells_changes_nothing():
    small = sine_grid_3d((2, 3, 4), 12)
    padding = torch.ones(1, 3, 5, 6, dtype=torch.bool)
    padding[0, :2, :3, :4] = False
    found = sine_position_3d(padding, 12)[0, :2, :3, :4]
    torch.testing.assert_close(found, small)


def test_all_padded_is_finite():
    padding = torch.ones(1, 2, 2, 2, dtype=torch.bool)
    assert sine_position_3d(padding, 6).isfinite().all()


def test_dtype_is_the_asked_one():
    assert sine_grid_3d((1, 2, 2), 6, dtype=torch.bfloat16).dtype == (
        torch.bfloat16
    )


def test_dims_of_two_axes_are_refused():
    with pytest.raises(UserError, match='dims=16; expected a multiple of 3'):
        sine_grid_3d((1, 1, 1), 16)
