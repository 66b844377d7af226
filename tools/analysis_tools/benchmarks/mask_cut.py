"""CPU time of MaskCut on a 60x60 grid, and of its CRF, on one core.

The reference is the published solver, scipy's dense generalised eigh, on the
same graphs in this process; the masks must be equal. The vision transformer
is not part of it. Takes about a minute.

Example:
    python tools/analysis_tools/benchmarks/mask_cut.py
"""

import argparse
import os
import resource
import sys
import time

import numpy as np
import scipy.linalg
import torch

from mmselfshot.labelling.dense_crf import DenseCRF
from mmselfshot.labelling.mask_cut import cut_masks, upsample
from mmselfshot.labelling.normalised_cut import (
    WEAK_EDGE,
    Cut,
    PatchGraph,
    solve_cut,
)
from mmselfshot.utils import UserError, run_tool

LOOP_RATIO = 12  # at least, against three dense solves
SOLVE_RATIO = 50  # at least, against one
CRF_SECONDS = 1.5  # at most, three masks at 480x480
SIZE = 480
ELLIPSES = (  # centre (y, x) and half axes (y, x), of the picture
    (0.3, 0.3, 0.26, 0.18),
    (0.35, 0.75, 0.2, 0.14),
    (0.75, 0.5, 0.16, 0.11),
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--side', type=int, default=60, help='of the grid')
    parser.add_argument('--channels', type=int, default=768)
    parser.add_argument('--masks', type=int, default=3)
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def make_features(side: int, channels: int, seed: int) -> torch.Tensor:
    """(1, C, side, side) features of a scene with three ellipses."""
    rng = np.random.default_rng(seed)
    kinds = rng.standard_normal((4, channels))
    kinds /= np.linalg.norm(kinds, axis=1, keepdims=True)
    labels = np.zeros((side, side), int)
    rows, columns = np.mgrid[:side, :side] / side
    # of different sizes: equal ones have one eigenvalue, and any order
    for kind, (y, x, height, width) in enumerate(ELLIPSES, 1):
        inside = ((rows - y) / height) ** 2 + ((columns - x) / width) ** 2 < 1
        labels[inside] = kind
    noise = rng.standard_normal((side, side, channels)) / channels**0.5
    features = torch.from_numpy(kinds[labels] + 0.8 * noise)
    return features.permute(2, 0, 1)[None].float().contiguous()


class Timed:
    """Counts the CPU seconds of each call."""

    def __init__(self, function) -> None:
        self.function = function
        self.seconds: list[float] = []

    def __call__(self, *args):
        start = time.process_time()
        result = self.function(*args)
        self.seconds.append(time.process_time() - start)
        return result


def solve_densely(graph: PatchGraph) -> Cut:
    """The published solver; only the decomposition itself is timed."""
    kept = graph.kept[0].bool()
    strong = graph.strong[0].bool() & kept & kept[:, None]
    weights = np.where(strong.numpy(), 1, WEAK_EDGE)
    degrees = np.diag(weights.sum(1))
    values, vectors = timed_eigh(degrees - weights, degrees)
    vector = torch.from_numpy(vectors[:, 0])[None]
    nothing = torch.zeros(1, dtype=torch.float64)
    return Cut(vector, torch.from_numpy(values[:1]), nothing, 0)


timed_eigh = Timed(
    lambda a, b: scipy.linalg.eigh(a, b, subset_by_index=[1, 2])
)


def measure_cuts(args: argparse.Namespace) -> list[str]:
    """Compare both solvers; returns what is slower than wanted."""
    features = make_features(args.side, args.channels, args.seed)
    cut_masks(features[..., :8, :8].contiguous())  # warm
    solve, run = Timed(solve_cut), Timed(cut_masks)
    ours = run(features, args.masks, 0.15, solve)[0]
    memory = peak_memory()
    theirs = cut_masks(features, args.masks, 0.15, solve_densely)[0]
    if [one.mask.tolist() for one in ours] != [
        one.mask.tolist() for one in theirs
    ]:
        raise AssertionError('masks differ from those of the dense solver')
    dense = float(np.mean(timed_eigh.seconds))
    loop, one = args.masks * dense / run.seconds[0], dense / max(solve.seconds)
    print(
        f'one cut of {args.side**2} patches: {max(solve.seconds):.3f} CPU s '
        f'at most, dense {dense:.2f}, ratio {one:.0f} (at least '
        f'{SOLVE_RATIO} wanted)'
    )
    print(
        f'{args.masks} masks from features: {run.seconds[0]:.2f} CPU s, '
        f'{args.masks} dense solves {args.masks * dense:.1f}, ratio '
        f'{loop:.0f} (at least {LOOP_RATIO} wanted); {len(ours)} masks, '
        f'identical; peak memory {memory:.0f} MB, with the dense solver '
        f'{peak_memory():.0f}'
    )
    slow = ['the solver'] if one < SOLVE_RATIO else []
    return slow + (['the loop'] if loop < LOOP_RATIO else [])


def measure_crf(seed: int) -> list[str]:
    """Time the CRF; returns what is slower than wanted."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:60, :60] / 60
    masks = np.stack(
        [
            ((rows - y) / height) ** 2 + ((columns - x) / width) ** 2 < 1
            for y, x, height, width in ELLIPSES
        ]
    )
    masks = np.stack([upsample(mask, (SIZE, SIZE)) for mask in masks])
    image = np.full((SIZE, SIZE, 3), 120.0)
    image += np.linspace(-60, 60, SIZE)[:, None]  # light from below
    for mask, colour in zip(masks, rng.uniform(-90, 90, (3, 3))):
        image[np.roll(mask, 5, 1)] += colour
    image += rng.normal(0, 6, image.shape)
    image = image.clip(0, 255).astype(np.uint8)
    refine = Timed(DenseCRF().refine)
    refine(image, masks)
    refine(image, masks)
    first, later = refine.seconds
    print(
        f'CRF of 3 masks at {SIZE}x{SIZE}: {first:.2f} CPU s (at most '
        f'{CRF_SECONDS} wanted), {later:.2f} for later frames of this size; '
        f'peak memory {peak_memory():.0f} MB'
    )
    return ['the CRF'] if first > CRF_SECONDS else []


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    args = parse_args()
    if os.environ.get('OMP_NUM_THREADS') != '1':  # libraries read it once
        os.environ['OMP_NUM_THREADS'] = '1'
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv])
    torch.set_num_threads(1)
    slow = measure_crf(args.seed) + measure_cuts(args)
    if slow:
        raise UserError(f'slower than wanted: {", ".join(slow)}')


if __name__ == '__main__':
    run_tool(main)
