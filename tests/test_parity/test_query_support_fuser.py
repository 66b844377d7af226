"""One fuser layer against recorded float64 values."""

import numpy as np
import pytest
import torch

from mmselfshot.models.selfshot import QuerySupportFuser

TOLERANCES = {torch.float64: 1e-9, torch.float32: 2e-5}
ATTENTIONS = {
    'qs': 'query_from_support',
    'sq': 'support_from_query',
    'fuse': 'fusion',
}
PARTS = {'q': 'query', 'k': 'key', 'v': 'value', 'o': 'out'}
NORMS = {
    'ln_qs': 'query_norm',
    'ln_sq': 'support_norm',
    'ln_f': 'fusion_norm',
    'ln_out': 'ffn_norm',
}


@pytest.fixture(scope='module')
def case(parity_dir):
    path = parity_dir / 'selfshot' / 'fuser_attnmap.npz'
    with np.load(path, allow_pickle=False) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


def build(case, num_layers=1, **options):
    """A fuser whose every layer has the recorded weights."""
    fuser = QuerySupportFuser(
        num_layers,
        dims=case['Eq'].shape[1],
        num_heads=int(case['heads']),
        ffn_dims=case['w1'].shape[0],
        **options,
    ).double()
    weights = {
        'ffn.0.weight': case['w1'],
        'ffn.0.bias': case['b1'],
        'ffn.3.weight': case['w2'],
        'ffn.3.bias': case['b2'],
    }
    for recorded, name in ATTENTIONS.items():
        for letter, part in PARTS.items():
            weights[f'{name}.{part}.weight'] = case[f'{recorded}__w{letter}']
            weights[f'{name}.{part}.bias'] = case[f'{recorded}__b{letter}']
    for recorded, name in NORMS.items():
        weights[f'{name}.weight'] = case[f'{recorded}__gamma']
        weights[f'{name}.bias'] = case[f'{recorded}__beta']
    for layer in fuser.layers:
        layer.load_state_dict(weights)
    return fuser.eval()


@pytest.mark.parametrize('dtype', TOLERANCES)
def test_layer_gives_the_recorded_output(case, dtype):
    fuser = build(case).to(dtype)
    query, support = case['Eq'][None].to(dtype), case['Es'][None].to(dtype)
    torch.testing.assert_close(
        fuser(query, support)[0],
        case['out'].to(dtype),
        rtol=0,
        atol=TOLERANCES[dtype],
    )


@pytest.mark.parametrize('dtype', TOLERANCES)
def test_both_enhanced_branches_are_the_recorded_ones(case, dtype):
    layer = build(case).to(dtype).layers[0]
    query, support = case['Eq'][None].to(dtype), case['Es'][None].to(dtype)
    _, updated = layer(query, support)
    enhanced = layer.query_norm(
        query + layer.query_from_support(query, support, support)
    )
    for found, name in ((updated, 'f_s_from_q'), (enhanced, 'f_q_from_s')):
        torch.testing.assert_close(
            found[0], case[name].to(dtype), rtol=0, atol=TOLERANCES[dtype]
        )


@pytest.mark.parametrize('next_support', ['updated', 'encoded'])
def test_second_layer_takes_the_recorded_branches(case, next_support):
    """The second of two layers is a first one on what the first gave."""
    supports = {'updated': case['f_s_from_q'], 'encoded': case['Es']}
    found = build(case, 2, next_support=next_support)(
        case['Eq'][None], case['Es'][None]
    )
    wanted = build(case)(case['out'][None], supports[next_support][None])
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-9)
