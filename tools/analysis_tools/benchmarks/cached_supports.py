"""CPU time and multiplications of a query, with and without kept supports.

Both ways run the same backbone, encoder, fuser and decoder at the published
width and depth on the same frames in this process; the decoded slots must
be equal. The time with kept supports includes finding them by the content
of their frames. The segmenter is the same in both ways and left out. Times
are of short videos; multiplications are counted for these and for the full
size: 32 frames, five supports of 24. Takes about a minute.

Example:
    python tools/analysis_tools/benchmarks/cached_supports.py --supports 1
"""

import argparse
import os
import sys
import time

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmselfshot.models.selfshot import (
    QuerySupportFuser,
    SlotDecoder,
    SpatioTemporalEncoder,
    SupportCache,
    clip_hash,
    sine_grid_3d,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError, run_tool

EFFICIENCY = 0.7  # at least, ratio of times by ratio of multiplications
FULL_RATIO = 1.6  # at least, of the multiplications at full size
TOLERANCE = 1e-5
BACKBONE = dict(
    type='mmdet.ResNet',
    depth=50,
    num_stages=3,
    strides=(1, 2, 2),
    dilations=(1, 1, 2),
    out_indices=(2,),
)
NUM_SLOTS = 10
FULL_FRAMES, FULL_SUPPORT_FRAMES, FULL_SUPPORTS = 32, 24, 5


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--frames', type=int, default=4)
    parser.add_argument('--support-frames', type=int, default=3)
    parser.add_argument('--supports', type=int, default=5)
    parser.add_argument('--size', type=int, nargs=2, default=(280, 320))
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


class Transformer(nn.Module):
    """What stands before the segmenter, of one query video."""

    def __init__(self, dims: int = 288) -> None:
        super().__init__()
        self.dims = dims
        self.backbone = MODELS.build(BACKBONE)
        self.projection = nn.Conv2d(1024, dims, 1)
        self.encoder = SpatioTemporalEncoder(dims=dims)
        self.fuser = QuerySupportFuser(dims=dims)
        self.decoder = SlotDecoder(dims=dims)
        self.slot_embed = nn.Embedding(NUM_SLOTS * FULL_FRAMES, dims)

    def encode(self, videos: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, N, d) of (B, T, 3, H, W), and positions (1, N, d)."""
        cells = self.projection(self.backbone(videos.flatten(0, 1))[0])
        cells = cells.unflatten(0, videos.shape[:2])
        size = (cells.shape[1], *cells.shape[3:])
        position = sine_grid_3d(size, self.dims, device=videos.device)
        position = position.flatten(0, 2)[None]
        tokens = cells.permute(0, 1, 3, 4, 2).flatten(1, 3)
        return self.encoder(tokens, position), position

    def decode(self, query: Tensor, supports: Tensor) -> Tensor:
        """Slots of (1, T, 3, H, W), with encoded supports (K, N, d)."""
        tokens, position = self.encode(query)
        fused = self.fuser(tokens, supports.flatten(0, 1)[None])
        embed = self.slot_embed.weight[: NUM_SLOTS * query.shape[1]]
        return self.decoder(fused, position, embed)


def count(model: Transformer, query: Tensor, supports: Tensor) -> list[int]:
    """FLOP of a query, and of its supports, a multiplication being two."""
    flops = []
    for encode in (False, True):
        with FlopCounterMode(display=False) as counter:
            if encode:
                encoded = model.encode(supports[:1])[0]
            else:
                cells = [-(-side // 16) for side in supports.shape[-2:]]
                num_tokens = supports.shape[1] * cells[0] * cells[1]
                encoded = query.new_zeros(
                    len(supports), num_tokens, model.dims
                )
                model.decode(query, encoded)
        flops.append(counter.get_total_flops())
    return [flops[0], flops[1] * len(supports)]


def count_at(
    frames: int, support_frames: int, num_supports: int, size: list[int]
) -> list[int]:
    """FLOP, counted from shapes alone."""
    with torch.device('meta'):
        model = Transformer().eval()
        query = torch.zeros(1, frames, 3, *size)
        supports = torch.zeros(num_supports, support_frames, 3, *size)
        return count(model, query, supports)


def timed(function, *args) -> tuple[float, Tensor]:
    """CPU seconds of a call, and its result."""
    start = time.process_time()
    result = function(*args)
    return time.process_time() - start, result


@torch.no_grad()
def measure(args: argparse.Namespace) -> float:
    """Ratio of the times, without by with kept supports."""
    model = Transformer().eval()
    query = torch.randn(1, args.frames, 3, *args.size)
    supports = torch.randn(args.supports, args.support_frames, 3, *args.size)
    cache = SupportCache(2**30)

    def encode(places: list[int]) -> Tensor:
        return model.encode(supports[places])[0]

    def run() -> Tensor:
        keys = [(clip_hash(one), 'benchmark') for one in supports]
        return model.decode(query, cache.fetch(keys, encode, query))

    def run_plainly() -> Tensor:
        return model.decode(query, model.encode(supports)[0])

    run()  # fills the cache, and warms
    seconds, found = timed(run)
    plain, wanted = timed(run_plainly)
    worst = (found - wanted).abs().max().item()
    print(
        f'kept supports {seconds:.2f} CPU s, encoded ones {plain:.2f}, ratio '
        f'{plain / seconds:.2f}; {cache.num_bytes / 2**20:.1f} MB kept; they '
        f'differ by {worst:.1e} at most'
    )
    if worst > TOLERANCE:
        raise AssertionError(f'the two ways differ by more than {TOLERANCE}')
    return plain / seconds


def main() -> None:
    args = parse_args()
    if min(args.frames, args.support_frames, args.supports) < 1:
        raise UserError('frames, support-frames and supports are 1 or more')
    if os.environ.get('OMP_NUM_THREADS') != '1':  # libraries read it once
        os.environ['OMP_NUM_THREADS'] = '1'
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv])
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    ratios = []
    for frames, support_frames, num_supports in (
        (args.frames, args.support_frames, args.supports),
        (FULL_FRAMES, FULL_SUPPORT_FRAMES, FULL_SUPPORTS),
    ):
        flops = count_at(frames, support_frames, num_supports, args.size)
        ratios.append(sum(flops) / flops[0])
        print(
            f'{frames} frames, {num_supports} supports of {support_frames}: '
            f'{sum(flops) / 1e12:.2f} TFLOP, with kept supports '
            f'{flops[0] / 1e12:.2f}, ratio {ratios[-1]:.2f}'
        )
    ratio = measure(args)
    if ratio < EFFICIENCY * ratios[0]:
        raise UserError(
            f'times have a ratio of {ratio:.2f}, at least {EFFICIENCY} of '
            f'{ratios[0]:.2f} wanted'
        )
    if ratios[1] < FULL_RATIO:
        raise UserError(
            f'ratio at full size {ratios[1]:.2f}, {FULL_RATIO} wanted'
        )


if __name__ == '__main__':
    run_tool(main)
