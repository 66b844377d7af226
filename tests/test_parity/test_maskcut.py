"""MaskCut against the published program, on recorded features."""

import numpy as np
import pytest
import torch

from mmselfshot.labelling.mask_cut import cut_masks
from mmselfshot.labelling.maskcut_rules import (
    MaskPicker,
    choose_foreground,
    component_at,
)
from mmselfshot.labelling.normalised_cut import PatchGraph, solve_cut


def cases_of(parity_dir):
    """Each recorded case, with its file's name."""
    paths = sorted((parity_dir / 'uvis').glob('maskcut_*.npz'))
    assert paths, 'no recorded case of MaskCut'
    for path in paths:
        with np.load(path, allow_pickle=False) as arrays:
            yield path.name, dict(arrays)


def graph_of(case):
    points = torch.from_numpy(case['feats'].astype(np.float32)).T[None]
    return PatchGraph.from_features(points, case['tau'].item())


def run_loop(case, **options):
    """All that the loop finds, (n_masks, grid, grid) bool."""
    side = case['grid'].item()
    maps = torch.from_numpy(case['feats'].astype(np.float32))
    found = np.zeros_like(case['final_masks'], dtype=bool)
    for one in cut_masks(
        maps.reshape(1, -1, side, side),
        len(found),
        case['tau'].item(),
        **options,
    )[0]:
        found[one.index] = one.mask
    return found


def test_graphs_have_the_published_edges(parity_dir):
    for name, case in cases_of(parity_dir):
        allowed = 2 if case['grid'] <= 28 else 20
        graph, gone = graph_of(case), np.zeros(case['feats'].shape[1], bool)
        for i, mask in enumerate(case['final_masks']):
            now = graph.without(torch.from_numpy(gone)[None])
            degrees = now.degrees()[0].double().numpy()
            strong = now.count_strong()[0]
            assert abs(strong.sum().item() - case['edges'][i]) <= allowed, name
            off = np.abs(degrees - case['degree'][i])
            assert off.sum() <= allowed + 1e-3 * len(off), name
            gone = gone | mask.ravel()


def test_eigenpairs_are_the_published_ones(parity_dir):
    for name, case in cases_of(parity_dir):
        graph, gone = graph_of(case), np.zeros(case['feats'].shape[1], bool)
        for i, mask in enumerate(case['final_masks']):
            cut = solve_cut(graph.without(torch.from_numpy(gone)[None]))
            ours, theirs = cut.vectors[0].double().numpy(), case['eigvec'][i]
            cosine = ours @ theirs / np.linalg.norm(ours)
            assert abs(cosine) / np.linalg.norm(theirs) >= 0.9999, (name, i)
            assert cut.values.item() == pytest.approx(
                case['eigval'][i, 0], abs=1e-3
            )
            gone = gone | mask.ravel()


def test_recorded_eigenvectors_give_the_published_decisions(parity_dir):
    for name, case in cases_of(parity_dir):
        side = case['grid'].item()
        for i, vector in enumerate(case['eigvec']):
            chosen = choose_foreground(vector.reshape(side, side), True)
            row, column = chosen.seed
            assert chosen.num_corners == case['corners'][i], (name, i)
            assert chosen.is_reversed == case['reversed'][i], (name, i)
            assert row * side + column == case['seed_idx'][i], (name, i)
            assert (chosen.side == case['bipartition'][i]).all(), (name, i)
            component = component_at(chosen.side, chosen.seed)
            assert (component == case['component'][i]).all(), (name, i)


def test_own_rule_agrees_where_the_sign_does_not_decide(parity_dir):
    for name, case in cases_of(parity_dir):
        side = case['grid'].item()
        for i in np.flatnonzero(~case['sign_dependent']):
            for sign in (1, -1):
                vector = sign * case['eigvec'][i].reshape(side, side)
                chosen = choose_foreground(vector)
                component = component_at(chosen.side, chosen.seed)
                assert (component == case['component'][i]).all(), (name, i)


def test_loop_gives_the_published_masks_for_the_published_signs(parity_dir):
    for name, case in cases_of(parity_dir):
        recorded = case['eigvec']

        def choose(vector, recorded=recorded):
            """The published rule, with the sign of the nearest recorded."""
            overlap = recorded @ vector.ravel() / np.linalg.norm(vector)
            overlap = overlap / np.linalg.norm(recorded, axis=1)
            best = np.abs(overlap).argmax()
            assert abs(overlap[best]) >= 0.9999
            return choose_foreground(vector * np.sign(overlap[best]), True)

        found = run_loop(
            case, make_picker=lambda grid: MaskPicker(grid, choose=choose)
        )
        assert (found == case['final_masks']).all(), name


def test_own_loop_gives_the_published_masks(parity_dir):
    num_checked = 0
    for name, case in cases_of(parity_dir):
        if not case['sign_dependent'].any():
            assert (run_loop(case) == case['final_masks']).all(), name
            num_checked += 1
    assert num_checked
