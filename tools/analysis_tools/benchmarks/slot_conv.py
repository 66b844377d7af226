"""CPU time of the segmenter's first convolution, shared and plain.

Shared, the features of a frame are convolved once for all slots; plain, they
are concatenated with the maps of every slot. Both get the same maps and
features in this process; the results must be equal. By counting, the shared
way needs 1 / 8.8 of the multiplications at 10 slots. Takes seconds.

Example:
    python tools/analysis_tools/benchmarks/slot_conv.py --frames 4
"""

import argparse
import sys
import time

import torch

from mmselfshot.models.selfshot.slot_conv import SlotConv
from mmselfshot.utils import UserError, run_tool

WANTED = 4.0  # at least this many times faster
TOLERANCE = 1e-4


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--frames', type=int, default=4)
    parser.add_argument('--slots', type=int, default=10)
    parser.add_argument('--heads', type=int, default=8)
    parser.add_argument('--channels', type=int, default=2 * 288)
    parser.add_argument('--out-channels', type=int, default=192)
    parser.add_argument('--size', type=int, nargs=2, default=(18, 20))
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def fastest(function, repeats: int) -> tuple[float, torch.Tensor]:
    """CPU seconds of the best of some calls, and the result."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = function()
        seconds.append(time.process_time() - start)
    return min(seconds), result


@torch.no_grad()
def main() -> None:
    """Run the benchmark."""
    args = parse_args()
    if min(args.frames, args.slots, args.repeats) < 1:
        raise UserError('frames, slots and repeats are 1 or more')
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    conv = SlotConv(args.heads, args.channels, args.out_channels)
    features = torch.randn(args.frames, args.channels, *args.size)
    maps = torch.rand(args.frames * args.slots, args.heads, *args.size)

    def share() -> torch.Tensor:
        once = conv.of_features(features)
        return conv.of_maps(maps) + once.repeat_interleave(args.slots, 0)

    def repeat() -> torch.Tensor:
        return conv(maps, features.repeat_interleave(args.slots, 0))

    shared, found = fastest(share, args.repeats)
    plain, wanted = fastest(repeat, args.repeats)
    worst = (found - wanted).abs().max().item()
    print(
        f'{args.frames} frames x {args.slots} slots of '
        f'{args.size[0]}x{args.size[1]} cells: plain {plain:.3f} s, shared '
        f'{shared:.3f} s, {plain / shared:.1f} times faster (at least '
        f'{WANTED} wanted); they differ by {worst:.1e} at most'
    )
    if worst > TOLERANCE:
        sys.exit(f'the two ways differ by more than {TOLERANCE}')
    if plain / shared < WANTED:
        sys.exit('slower than wanted')


if __name__ == '__main__':
    run_tool(main)
