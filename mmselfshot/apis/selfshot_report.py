"""Numbers of the tables of Self-Shot VIS, made from result files alone.

AP50 is that of all queries of a seed at once, in [0, 1]; a number is the mean
over the seeds. Intervals are those of `paired_difference`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from mmselfshot.apis.selfshot_cells import Cell, Table
from mmselfshot.apis.selfshot_trials import NO_FUSER, RANKING, Trial
from mmselfshot.evaluation.paired import paired_difference
from mmselfshot.evaluation.query_rows import (
    QueryRow,
    class_mean_ap50,
    pooled_ap50,
)
from mmselfshot.evaluation.resampled_ap import ResampledAP

Rows = Callable[[Trial], Sequence[Sequence[QueryRow]]]


@dataclass(frozen=True)
class Difference:
    """Two tests of the same queries.

    wanted: How much larger AP50 of the first is to be; None: whatever.
    """

    title: str
    first: Trial
    second: Trial
    wanted: float | None = None


DIFFERENCES = (
    Difference(
        'self-shot (ranking) minus random, 5 supports',
        Trial(supports=RANKING),
        Trial(supports='random'),
        0.05,
    ),
    Difference(
        'fuser minus no fuser, 5 self-shot supports',
        Trial(supports=RANKING),
        NO_FUSER,
        0.05,
    ),
    Difference(
        'fuser minus no fuser, 5 oracle supports',
        Trial(),
        NO_FUSER,
        0.05,
    ),
    Difference(
        'oracle minus random, 5 supports', Trial(), Trial(supports='random')
    ),
    Difference(
        'oracle minus self-shot (ranking), 5 supports',
        Trial(),
        Trial(supports=RANKING),
    ),
    Difference(
        'ranking minus CNN with MoCo, 5 supports',
        Trial(supports=RANKING),
        Trial(supports='retriever_moco_image_toyvis'),
    ),
    Difference(
        'self-shot (ranking) minus no support',
        Trial(supports=RANKING),
        Trial(supports='none', k=0),
    ),
    Difference('separate minus joint, 5 oracles', Trial(), Trial('joint')),
    Difference(
        'positions in both encoders minus in none, 5 oracles',
        Trial(),
        Trial('position_none'),
    ),
)


def make_content(
    tables: Sequence[Table], rows: Rows, num_draws: int = 1000
) -> dict[str, Any]:
    """All numbers.

    Args:
        tables: Chosen ones.
        rows: Of a test of these tables, for each seed; the same queries in
            the same order in each test of the same labels.
        num_draws: Of each bootstrap.

    Returns:
        `tables`, each with `lines` of cells, see `measure_cell`, and
        `differences`, see `measure_difference`.
    """
    trials = {trial for table in tables for trial in table.trials}
    differences = [
        one for one in DIFFERENCES if {one.first, one.second} <= trials
    ]
    return {
        'tables': [
            _numbers_of(table, rows) for table in tqdm(tables, 'tables')
        ],
        'differences': [
            measure_difference(one, rows, num_draws)
            for one in tqdm(differences, 'intervals')
        ],
    }


def measure_cell(cell: Cell, rows: Rows) -> dict[str, Any]:
    """One number of a table.

    Returns:
        `trial`; `ap50` of each seed, None without such queries; their `mean`;
        `class_mean`, over kinds and seeds; `num_queries` of all seeds.
    """
    parts = [_part_of(cell, many) for many in rows(cell.trial)]
    by_seed = [pooled_ap50([row.matches() for row in part]) for part in parts]
    return {
        'trial': cell.trial.name,
        'ap50': [None if one < 0 else one for one in by_seed],
        'mean': _mean(by_seed),
        'class_mean': _mean([class_mean_ap50(part) for part in parts]),
        'num_queries': sum(map(len, parts)),
    }


def measure_difference(
    difference: Difference, rows: Rows, num_draws: int = 1000
) -> dict[str, Any]:
    """How much larger the first test's AP50 is.

    Returns:
        `what`; `wanted`; `is_reached`: the mean is at least what is wanted
        and the interval is above 0; and the fields of `PairedDifference`.
    """
    first, second = (
        [[row.matches() for row in many] for many in rows(trial)]
        for trial in (difference.first, difference.second)
    )
    found = paired_difference(
        first, second, num_draws=num_draws, prepare=ResampledAP
    )
    wanted = difference.wanted
    return {
        'what': difference.title,
        'wanted': wanted,
        'is_reached': wanted is None
        or (found.mean >= wanted and found.low > 0),
        **found.as_dict(),
    }


def _numbers_of(table: Table, rows: Rows) -> dict[str, Any]:
    return {
        'name': table.name,
        'title': table.title,
        'head': table.head,
        'columns': list(table.columns),
        'of_paper': list(table.of_paper),
        'note': table.note,
        'lines': [
            {
                'title': line.title,
                'cells': [
                    cell and measure_cell(cell, rows) for cell in line.cells
                ],
                'paper': list(line.paper),
            }
            for line in table.lines
        ],
    }


def _part_of(cell: Cell, rows: Sequence[QueryRow]) -> list[QueryRow]:
    return [
        row
        for row in rows
        if cell.num_targets in (None, row.num_targets)
        and cell.num_kinds in (None, len(row.category_ids))
    ]


def _mean(values: Sequence[float]) -> float | None:
    counting = [value for value in values if value >= 0]
    return float(np.mean(counting)) if counting else None


def format_content(content: Mapping[str, Any]) -> str:
    """All of it as Markdown; AP50 in percent.

    Args:
        content: Of `run_selfshot_table`.
    """
    lines = [content['made'], '']
    for table in content['tables']:
        lines += [*_format_table(table, content['protocol']), '']
    lines += [_format_difference(one) for one in content['differences']]
    for check in content.get('checks', ()):
        lines.append(f'- check on other seeds: {check}')
    return '\n'.join([*lines, ''])


def _format_table(table: Mapping[str, Any], protocol: str) -> list[str]:
    columns = [f'{name} (measured)' for name in table['columns']]
    columns += [f'{name} (paper)' for name in table['of_paper']]
    lines = [
        f'**{table["title"]}** (protocol `{protocol}`)',
        '',
        f'| {table["head"]} | {" | ".join(columns)} |',
        '| --- ' * (len(columns) + 1) + '|',
    ]
    for line in table['lines']:
        paper = [*line['paper'], *[None] * len(table['of_paper'])]
        texts = [
            *map(_format_cell, line['cells']),
            *(
                '' if one is None else f'{one:.1f}'
                for one in paper[: len(table['of_paper'])]
            ),
        ]
        lines.append(f'| {line["title"]} | {" | ".join(texts)} |')
    if table['note']:
        lines += ['', table['note']]
    return lines


def _format_cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None or cell['mean'] is None:
        return ''
    return f'{100 * cell["mean"]:.1f} ({100 * cell["class_mean"]:.1f})'


def _format_difference(one: Mapping[str, Any]) -> str:
    wanted = ''
    if one['wanted'] is not None:
        reached = 'reached' if one['is_reached'] else 'not reached'
        wanted = f'; at least {100 * one["wanted"]:.0f} wanted: {reached}'
    return (
        f'- {one["what"]}: {100 * one["mean"]:+.1f} points (95 % interval '
        f'{100 * one["low"]:+.1f} to {100 * one["high"]:+.1f}, '
        f'{one["num_groups"]} seeds, {one["num_videos"]} queries{wanted})'
    )
