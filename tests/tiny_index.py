"""Small indexes of random vectors."""

import torch

from mmselfshot.retrieval import ClipRecord, FlatIndex


def some_vectors(num, channels=8, seed=0):
    """(N, C) float32 of any length."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, channels, generator=generator)


def some_records(num, start=0, per_source=5):
    """Clips `c00000`, ... of sources `v0`, ... with `per_source` each."""
    return [
        ClipRecord(f'c{i:05d}', f'v{i // per_source}', i * 1.0, i + 1.0)
        for i in range(start, start + num)
    ]


def some_index(folder, num=20, channels=8, seed=0, dtype='float32'):
    """An index of `num` clips; none is added if 0."""
    index = FlatIndex.create(folder, 'hash0', channels, dtype)
    if num:
        index.add(some_vectors(num, channels, seed), some_records(num))
    return index
