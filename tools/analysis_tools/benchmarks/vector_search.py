"""Time, recall and memory of the exact index on one core.

The reference is a plain numpy product with all vectors and a sort, in this
process. Resident memory is what the index adds to the imported packages.
Takes about two minutes and 0.8 GB of disk (`--folder`) at the default size.
Where faiss is installed, it is measured against the exact index as well.

Example:
    python tools/analysis_tools/benchmarks/vector_search.py
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from mmselfshot.retrieval import ClipRecord, FlatIndex
from mmselfshot.retrieval.faiss_search import FaissSearch
from mmselfshot.utils import UserError, run_tool

SINGLE_MS = 70  # at most, median of one query
BATCH_MS = 40  # at most, of each query in batches of 64
APPEND_SECONDS = 1.0  # at most, 1,000 vectors
FAISS_MS = 20  # at most, median of one query
FAISS_RECALL = 0.999  # at least
MEMORY_RATIO = 1.1  # at most, of the vectors' size
NUM_NEW = 1000
BATCH = 64
PER_SOURCE = 5


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--vectors', type=int, default=237_000)
    parser.add_argument('--channels', type=int, default=768)
    parser.add_argument('--k', type=int, default=10)
    parser.add_argument('--singles', type=int, default=30, help='queries')
    parser.add_argument('--batches', type=int, default=3)
    parser.add_argument('--folder', help='where to write; a temporary one')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def make_vectors(args: argparse.Namespace, start: int, num: int):
    """(num, C) float32 around 600 topics, and their records."""
    rng = np.random.default_rng([args.seed, start])
    topics = np.random.default_rng(args.seed)
    topics = topics.standard_normal((600, args.channels), np.float32)
    topic = rng.integers(600, size=num)
    noise = rng.standard_normal((num, args.channels), np.float32)
    records = [
        ClipRecord(f'clip{i:07d}', f'video{i // PER_SOURCE:06d}', 0, 5)
        for i in range(start, start + num)
    ]
    return torch.from_numpy(topics[topic] + noise), records


def build(args: argparse.Namespace, folder: Path) -> list[str]:
    """Make the index; returns what is slower than wanted."""
    index = FlatIndex.create(folder, 'benchmark', args.channels)
    start = time.perf_counter()
    for first in range(0, args.vectors - NUM_NEW, 8192):
        num = min(8192, args.vectors - NUM_NEW - first)
        index.add(*make_vectors(args, first, num))
    whole = time.perf_counter() - start
    new = make_vectors(args, args.vectors - NUM_NEW, NUM_NEW)
    start = time.perf_counter()
    index.add(*new)
    seconds = time.perf_counter() - start
    print(
        f'appending {NUM_NEW} vectors: {seconds:.2f} s (at most '
        f'{APPEND_SECONDS} wanted); making the index {whole:.0f} s'
    )
    return ['appending'] if seconds > APPEND_SECONDS else []


def measure(args: argparse.Namespace, folder: Path) -> list[str]:
    """Search and compare; returns what is worse than wanted."""
    before = resident_memory()
    start = time.perf_counter()
    index = FlatIndex(folder, 'benchmark')
    checked = time.perf_counter() - start
    num = max(args.singles, BATCH * args.batches)
    queries, _ = make_vectors(args, args.vectors, num)
    index.search(queries[:1], args.k)  # warm
    alone = [
        timed(index.search, one[None], args.k)
        for one in queries[: args.singles]
    ]
    parts = queries[: BATCH * args.batches].split(BATCH)
    together = [timed(index.search, part, args.k) for part in parts]
    ratio = (peak_memory() - before) / (
        args.vectors * args.channels * 4 / 2**20
    )

    vectors = np.memmap(folder / 'vectors.float32', np.float32, 'r')
    vectors = vectors.reshape(-1, args.channels)
    numpy_alone = [
        timed(search_plainly, vectors, one[None].numpy(), args.k)
        for one in queries[: args.singles]
    ]
    numpy_together = [
        timed(search_plainly, vectors, part.numpy(), args.k) for part in parts
    ]
    found = np.concatenate([one.rows for _, one in together])
    wanted = np.concatenate([one for _, one in numpy_together])
    recall = np.mean([np.isin(a, b).mean() for a, b in zip(wanted, found)])
    single, plain = (
        1000 * float(np.median([seconds for seconds, _ in times]))
        for times in (alone, numpy_alone)
    )
    batch, plain_batch = (
        1000 * float(np.median([seconds for seconds, _ in times])) / BATCH
        for times in (together, numpy_together)
    )
    print(
        f'one query: {single:.1f} ms median (at most {SINGLE_MS} wanted), '
        f'numpy {plain:.1f}, ratio {plain / single:.2f}; batches of {BATCH}: '
        f'{batch:.1f} ms each (at most {BATCH_MS} wanted), numpy '
        f'{plain_batch:.1f}, ratio {plain_batch / batch:.2f}'
    )
    print(
        f'recall of the {args.k} nearest: {recall:.4f} (1 wanted); opening '
        f'with all checksums {checked:.1f} s; resident memory {ratio:.3f} of '
        f'the vectors (at most {MEMORY_RATIO} wanted), peak of the process '
        f'{peak_memory():.0f} MB, before the index {before:.0f}'
    )
    limits = {
        'one query': single > SINGLE_MS,
        'a batch': batch > BATCH_MS,
        'recall': recall < 1,
        'memory': ratio > MEMORY_RATIO,
    }
    worse = [name for name, is_worse in limits.items() if is_worse]
    return worse + measure_faiss(index, queries[: args.singles], args.k, found)


def measure_faiss(
    index: FlatIndex, queries: torch.Tensor, k: int, exact: np.ndarray
) -> list[str]:
    """Compare with the exact rows; returns what is worse than wanted."""
    try:
        start = time.perf_counter()
        search = FaissSearch(index)
        making = time.perf_counter() - start
    except ImportError as error:
        print(f'{error}; not measured')
        return []
    import faiss

    faiss.omp_set_num_threads(1)
    search.search(queries[:1], k)  # warm
    alone = [timed(search.search, one[None], k) for one in queries]
    median = 1000 * float(np.median([seconds for seconds, _ in alone]))
    found = np.concatenate([one.rows for _, one in alone])
    recall = np.mean([np.isin(a, b).mean() for a, b in zip(exact, found)])
    print(
        f'faiss: {median:.1f} ms median of one query (at most {FAISS_MS} '
        f'wanted), recall {recall:.4f} (at least {FAISS_RECALL} wanted), made '
        f'in {making:.0f} s'
    )
    limits = {'faiss': median > FAISS_MS, 'its recall': recall < FAISS_RECALL}
    return [name for name, is_worse in limits.items() if is_worse]


def search_plainly(
    vectors: np.ndarray, queries: np.ndarray, k: int
) -> np.ndarray:
    """(Q, k) rows by one product and a partial sort."""
    queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    similarity = queries @ vectors.T
    rows = np.argpartition(-similarity, k, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(similarity, rows, 1), axis=1)
    return np.take_along_axis(rows, order, 1)


def timed(function, *args):
    """Wall seconds of a call, and its result."""
    start = time.perf_counter()
    result = function(*args)
    return time.perf_counter() - start, result


def _status(name: str) -> float:
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(f'{name}:'):
            return int(line.split()[1]) / 1024
    raise UserError('no memory figures in /proc/self/status; use Linux')


def resident_memory() -> float:
    """Resident memory of this process now, in MB."""
    return _status('VmRSS')


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MB."""
    return _status('VmHWM')


def main() -> None:
    args = parse_args()
    if os.environ.get('OMP_NUM_THREADS') != '1':  # libraries read it once
        for name in ('OMP', 'MKL', 'OPENBLAS'):
            os.environ[f'{name}_NUM_THREADS'] = '1'
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv])
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp(dir=args.folder))
    try:
        worse = build(args, folder / 'index') + measure(args, folder / 'index')
    finally:
        shutil.rmtree(folder)
    if worse:
        raise UserError(f'worse than wanted: {", ".join(worse)}')


if __name__ == '__main__':
    run_tool(main)
