"""CPU time and memory of attention, against whole matrices.

The reference writes softmax(Q K^T / sqrt(d)) V down and holds the matrix.
Both get the same tokens in this process; results and gradients must be
equal. The full query has 11,520 tokens, five supports 43,200; the default
is half a query, for which the reference needs 3 GB. Memory is what a call
adds to the resident memory at its peak. Takes about half a minute.

Example:
    python tools/analysis_tools/benchmarks/scaled_attention.py --tokens 2880
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from mmselfshot.models.selfshot import attend
from mmselfshot.utils import UserError, run_tool

FORWARD_RATIO = 3  # at least, of the times
BACKWARD_RATIO = 1.2  # at least, of the times forward and backward
MEMORY_RATIO = 10  # at least, forward and with gradient
TOLERANCE = 1e-4  # of the largest entry


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--tokens', type=int, default=5760)
    parser.add_argument('--heads', type=int, default=8)
    parser.add_argument('--channels', type=int, default=36, help='of a head')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def attend_plainly(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """The definition, with the whole matrix."""
    scores = query @ key.mT / query.shape[-1] ** 0.5
    return scores.softmax(-1) @ value


def run_forward(function: Callable, inputs: list[Tensor]) -> list[Tensor]:
    """The result of a call without gradient."""
    with torch.no_grad():
        return [function(*inputs)]


def run_backward(function: Callable, inputs: list[Tensor]) -> list[Tensor]:
    """The gradients of the inputs, of the sum of squares of the result."""
    inputs = [one.detach().requires_grad_() for one in inputs]
    function(*inputs).square().sum().backward()
    return [one.grad for one in inputs]


def measure(function: Callable, *args) -> tuple[float, float, list[Tensor]]:
    """CPU seconds, MB at the peak above those before, and the result."""
    Path('/proc/self/clear_refs').write_text('5')  # the peak starts anew
    before = _status('VmRSS')
    start = time.process_time()
    result = function(*args)
    seconds = time.process_time() - start
    return seconds, _status('VmHWM') - before, result


def _status(name: str) -> float:
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(f'{name}:'):
            return int(line.split()[1]) / 1024
    raise UserError('no memory figures in /proc/self/status; use Linux')


def compare(name: str, run: Callable, inputs: list[Tensor]) -> list[float]:
    """Print both ways; the ratios of time and memory, and the difference."""
    seconds, memory, found = measure(run, attend, inputs)
    plain_seconds, plain_memory, wanted = measure(run, attend_plainly, inputs)
    worst = max(
        ((one - other).abs().max() / other.abs().max()).item()
        for one, other in zip(found, wanted)
    )
    ratio = plain_seconds / seconds
    memory_ratio = plain_memory / max(memory, 1)
    print(
        f'{name}: {seconds:.2f} CPU s, plain {plain_seconds:.2f}, ratio '
        f'{ratio:.1f}; {memory:.0f} MB, plain {plain_memory:.0f}, ratio '
        f'{memory_ratio:.0f}; they differ by {worst:.1e} of the largest entry'
    )
    return [ratio, memory_ratio, worst]


def main() -> None:
    args = parse_args()
    if os.environ.get('OMP_NUM_THREADS') != '1':  # libraries read it once
        os.environ['OMP_NUM_THREADS'] = '1'
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv])
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    shape = (1, args.heads, args.tokens, args.channels)
    inputs = [torch.randn(shape) for _ in range(3)]
    for run in (run_forward, run_backward):  # warm
        run(attend, [one[:, :, :64] for one in inputs])
    print(f'{args.tokens} tokens, {args.heads} heads x {args.channels}')
    forward = compare('forward', run_forward, inputs)
    backward = compare('forward and backward', run_backward, inputs)
    if max(forward[2], backward[2]) > TOLERANCE:
        raise AssertionError(f'the two differ by more than {TOLERANCE}')
    wanted = {
        'forward': (forward[0], FORWARD_RATIO),
        'forward and backward': (backward[0], BACKWARD_RATIO),
        'memory forward': (forward[1], MEMORY_RATIO),
        'memory with gradient': (backward[1], MEMORY_RATIO),
    }
    worse = [
        f'{name} (ratio {ratio:.1f}, at least {least} wanted)'
        for name, (ratio, least) in wanted.items()
        if ratio < least
    ]
    if worse:
        raise UserError(f'worse than wanted: {", ".join(worse)}')


if __name__ == '__main__':
    run_tool(main)
