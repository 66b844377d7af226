"""Numbers of the retrieval table, made from result files alone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmselfshot.evaluation.paired import paired_difference
from mmselfshot.evaluation.retrieval_metrics import (
    RetrievalPrecision,
    precision_at_k,
)

if TYPE_CHECKING:
    from mmselfshot.apis.retrieval_table import Row

K = 5


def compare_rows(
    results: Mapping['Row', Sequence[dict[str, Any]]], num_draws: int = 1000
) -> dict[str, Any]:
    """Precision of each row, and trained rows against frozen ones.

    Args:
        results: By row, the content of its result file for each seed; the
            same queries in the same order in each row.
        num_draws: Of each bootstrap.

    Returns:
        `rows`, a list of `title`, `kind`, `precision` (a list over the
        seeds), `mean`, `class_mean`, `chance`, `ratio`; `best_frozen`, the
        title of the best row of kind `frozen`, or None; `differences`, for
        each trained row what it is above that one, with the 95 % interval.
    """
    table = []
    values: dict[str, list[list[float]]] = {}
    kinds = {}
    for row, files in results.items():
        measured = [_precision_of(file) for file in files]
        chance = np.mean([q['chance'] for f in files for q in f['queries']])
        mean = float(np.mean([one.mean for one in measured]))
        table.append(
            {
                'title': row.title,
                'kind': row.kind,
                'precision': [one.mean for one in measured],
                'mean': mean,
                'class_mean': float(
                    np.mean([one.class_mean for one in measured])
                ),
                'chance': float(chance),
                'ratio': mean / max(float(chance), 1e-9),
            }
        )
        values[row.title] = [one.by_query.tolist() for one in measured]
        kinds[row.title] = row.kind
    frozen = [one for one in table if one['kind'] == 'frozen']
    best = (
        max(frozen, key=lambda one: one['mean'])['title'] if frozen else None
    )
    differences = []
    for title, kind in kinds.items():
        if best is not None and kind == 'trained':
            difference = paired_difference(
                values[title],
                values[best],
                lambda v: float(np.mean(v)),
                num_draws,
            )
            differences.append({'what': title, **difference.as_dict()})
    return {'rows': table, 'best_frozen': best, 'differences': differences}


def _precision_of(content: Mapping[str, Any]) -> RetrievalPrecision:
    queries = content['queries']
    is_right = [[s['is_right'] for s in q['supports']] for q in queries]
    return precision_at_k(is_right, [q['category_id'] for q in queries], K)


def format_table(content: Mapping[str, Any]) -> str:
    """The table as Markdown.

    Args:
        content: Of `compare_rows`.
    """
    lines = [
        f'| encoder | precision@{K} | per class | over chance | by seed |',
        '| --- | --- | --- | --- | --- |',
    ]
    for row in content['rows']:
        seeds = ', '.join(f'{value:.3f}' for value in row['precision'])
        lines.append(
            f'| {row["title"]} ({row["kind"]}) | {row["mean"]:.3f} | '
            f'{row["class_mean"]:.3f} | {row["ratio"]:.2f} | {seeds} |'
        )
    lines.append('')
    for one in content['differences']:
        lines.append(
            f'{one["what"]} minus {content["best_frozen"]}: '
            f'{one["mean"]:+.3f} (95 % interval {one["low"]:+.3f} to '
            f'{one["high"]:+.3f}, {one["num_groups"]} seeds, '
            f'{one["num_videos"]} queries)'
        )
    return '\n'.join([*lines, ''])
