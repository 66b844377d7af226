"""Position encoding in space and time against recorded float64 values."""

import numpy as np
import pytest
import torch

from mmselfshot.models.selfshot import sine_grid_3d, sine_position_3d

ATOL = 2e-6
CASES = ('p0', 'p1', 'p2', 'p3')


@pytest.fixture(scope='module')
def arrays(parity_dir):
    path = parity_dir / 'selfshot' / 'pe3d.npz'
    with np.load(path, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    assert {name.split('__')[0] for name in found} >= set(CASES)
    return found


def read(arrays, name):
    padding = torch.from_numpy(arrays[f'{name}__mask'])
    wanted = torch.from_numpy(arrays[f'{name}__pe']).permute(1, 2, 3, 0)
    return padding, wanted, bool(arrays[f'{name}__normalize'])


def cases(arrays):
    return sorted({name.split('__')[0] for name in arrays})


def test_every_case_agrees_where_nothing_is_padded(arrays):
    for name in cases(arrays):
        padding, wanted, is_normalised = read(arrays, name)
        found = sine_position_3d(
            padding[None], wanted.shape[-1], is_normalised, wanted.dtype
        )[0]
        torch.testing.assert_close(
            found[~padding], wanted[~padding], rtol=0, atol=ATOL
        )


def test_cases_without_padding_agree_with_the_grid(arrays):
    num_whole = 0
    for name in cases(arrays):
        padding, wanted, is_normalised = read(arrays, name)
        if padding.any():
            continue
        num_whole += 1
        found = sine_grid_3d(
            tuple(padding.shape),
            wanted.shape[-1],
            is_normalised,
            wanted.dtype,
        )
        torch.testing.assert_close(found, wanted, rtol=0, atol=ATOL)
    assert num_whole
