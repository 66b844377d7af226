"""Attention maps of the segmenter against recorded float64 values."""

import numpy as np
import pytest
import torch

from mmselfshot.models.selfshot.slot_attention import SlotAttention


@pytest.fixture(scope='module')
def case(parity_dir):
    path = parity_dir / 'selfshot' / 'fuser_attnmap.npz'
    with np.load(path, allow_pickle=False) as arrays:
        return {
            name: torch.from_numpy(arrays[name])
            for name in arrays.files
            if name == 'heads' or name.startswith('am_')
        }


@pytest.mark.parametrize(
    ('dtype', 'atol'), [(torch.float64, 1e-9), (torch.float32, 2e-5)]
)
@pytest.mark.parametrize('name', ['joint', 'perhead'])
def test_maps_are_the_recorded_ones(case, name, dtype, atol):
    attention = SlotAttention(
        case['am_query'].shape[1], int(case['heads']), name == 'joint'
    )
    weights = {
        'q_proj.weight': case['am_wq'],
        'q_proj.bias': case['am_bq'],
        'k_proj.weight': case['am_wk'],
        'k_proj.bias': case['am_bk'],
    }
    attention.load_state_dict(weights)
    if dtype == torch.float64:
        attention = attention.double()
        attention.load_state_dict(weights)
    found = attention(
        case['am_query'][None].to(dtype), case['am_feat'][None].to(dtype)
    )
    torch.testing.assert_close(
        found[0].double(), case[f'am_{name}'], rtol=0, atol=atol
    )
