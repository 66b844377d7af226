"""Choose the supports of all queries of a benchmark and write them down."""

from collections.abc import Iterator
from pathlib import Path

from mmselfshot.datasets.benchmark_splits import describe_counts, find_split
from mmselfshot.datasets.episode_targets import PARTS
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import (
    HALVES,
    half_of,
    pairs_content,
    pairs_of_pool,
    pairs_of_split,
)
from mmselfshot.datasets.toyvis.fewshot.reading import read_truth
from mmselfshot.utils import UserError, write_json


def make_support_pairs(
    labels: str | Path,
    out: str | Path,
    split: str | None = None,
    pool_truth: str | Path | None = None,
    k: int = 5,
    seed: int = 0,
    part: str = 'test',
    half: str | None = None,
) -> Iterator[str]:
    """Write a file of pairs; say line by line what was read and written.

    Args:
        labels: Label file of the queries.
        out: File to write.
        split: Name of an official benchmark, see `benchmark_splits`.
        pool_truth: What a ToyVIS pool shows, instead of a split.
        k: Supports per query.
        seed: Another seed, another choice.
        part: Of the benchmark, `train` or `test`; a label file of a ToyVIS
            world is one part as a whole.
        half: `val` or `test`, see `half_of`; None: all queries. Supports
            are the same, of either half.

    Raises:
        UserError: If the label file does not fit, k is below 1, or there is
            no such part.
    """
    if k < 1:
        raise UserError(f'{k} supports per query; expected 1 or more')
    if part not in PARTS or (split is None and part != 'test'):
        raise UserError(
            f'part {part!r}; expected {" or ".join(PARTS)} of --split, and '
            'none with --pool-truth'
        )
    if half not in (None, *HALVES):
        raise UserError(f'half {half!r}; expected {" or ".join(HALVES)}')
    settings = {'k': k, 'seed': seed, 'labels': Path(labels).name}
    content = LabelFile.load(labels)
    yield f'read {labels}: {len(content.videos)} videos'
    if split is not None:
        chosen = find_split(split)
        yield from describe_counts(content, chosen)
        settings |= {'split': split, 'part': part}
        pairs = list(pairs_of_split(content, chosen, k, seed, part))
    else:
        clips = read_truth(pool_truth)
        yield f'read {pool_truth}: {len(clips)} clips'
        pairs = list(pairs_of_pool(content, clips, k, seed))
    if half is not None:
        settings['half'] = half
        pairs = half_of(pairs, half, seed)
    if not pairs:
        raise UserError(f'{labels} holds no query; nothing was written')
    short = [pair.name for pair in pairs if len(pair.supports) < k]
    if short:
        yield (
            f'{len(short)} queries have fewer than {k} supports: '
            f'{", ".join(short[:5])}{" and more" if len(short) > 5 else ""}'
        )
    write_json(out, pairs_content(pairs, settings))
    yield f'wrote {out}: {len(pairs)} pairs of up to {k} supports'
