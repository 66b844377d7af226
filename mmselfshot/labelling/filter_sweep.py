"""What other thresholds would have kept, from the candidates alone.

UVIS gives no value for its score thresholds, and they matter most: neither
masks nor names are made again here, so all combinations take seconds.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.labelling.filter_report import (
    apply_filters,
    make_label_report,
)
from mmselfshot.labelling.label_writer import make_label_file
from mmselfshot.utils import UserError

# option of the tool -> filter and its argument
SWEPT = {
    'mask_thr': ('ScoreFilter', 'mask_thr'),
    'clip_thr': ('ScoreFilter', 'clip_thr'),
    'tau': ('PrototypeMemory', 'tau'),
    'quality_thr': ('QualityFilter', 'thr'),
}


def sweep_filters(
    table: CandidateTable,
    filters: Sequence[Mapping[str, Any]],
    values: Mapping[str, Sequence[float | None]],
    truth: LabelFile | None = None,
) -> Iterator[dict[str, Any]]:
    """Filter the same candidates with every combination of values.

    Args:
        table: As found; it is not changed.
        filters: Configs of the filters to vary.
        values: Keys of `SWEPT` to their values; None leaves the filter of
            that value out.
        truth: True labels, to judge the kept candidates by.

    Yields:
        One row per combination: its values, `kept`, `labelled_frames`, and
        with `truth` `precision`, `recall`, `agnostic_precision` and
        `agnostic_recall`, see `label_quality`.

    Raises:
        UserError: If a value is swept whose filter is not there.
    """
    types = [one['type'].rpartition('.')[2] for one in filters]
    for name in values:
        if SWEPT[name][0] not in types:
            raise UserError(
                f'{name} belongs to {SWEPT[name][0]}, which is not among the '
                f'filters of the config ({", ".join(types) or "none"})'
            )
    for combination in itertools.product(*values.values()):
        row: dict[str, Any] = dict(zip(values, combination))
        changed = [dict(one) for one in filters]
        for name, value in row.items():
            owner, argument = SWEPT[name]
            changed[types.index(owner)][argument] = value
        left_out = {SWEPT[name][0] for name in row if row[name] is None}
        fresh = table.fresh()
        apply_filters(
            fresh,
            [one for one, kind in zip(changed, types) if kind not in left_out],
        )
        report = make_label_report(fresh)
        row['kept'] = report['kept']
        row['labelled_frames'] = report['labelled_frames']
        if truth is not None:
            row.update(judge_labels(fresh, truth))
        yield row


def judge_labels(table: CandidateTable, truth: LabelFile) -> dict[str, float]:
    """Precision and recall of the kept candidates, see `label_quality`."""
    from mmselfshot.evaluation.label_quality import label_quality

    sampled = {key: one['sampled'] for key, one in table.videos.items()}
    quality = label_quality(make_label_file(table), truth, frames=sampled)
    return {
        name: quality[name]
        for name in (
            *('precision', 'recall'),
            *('agnostic_precision', 'agnostic_recall'),
        )
    }


def format_sweep(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of `sweep_filters` as a table for people."""
    if not rows:
        return 'nothing to compare'
    cells = [list(rows[0])] + [
        [
            'off'
            if value is None
            else f'{value:.3f}'
            if isinstance(value, float)
            else str(value)
            for value in row.values()
        ]
        for row in rows
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return '\n'.join(
        '  '.join(cell.rjust(width) for cell, width in zip(row, widths))
        for row in cells
    )


def run_sweep(
    config: str,
    candidates: str,
    values: Mapping[str, Sequence[float | None]],
    truth: str | None = None,
    out: str | None = None,
) -> list[dict[str, Any]]:
    """What `tools/analysis_tools/sweep_filters.py` does.

    Args:
        config: Config with a part `labelling`, for its filters.
        candidates: Label file or its folder of candidates.
        values: See `sweep_filters`.
        truth: Label file with true labels.
        out: JSON file for the rows.
    """
    from mmselfshot.engine.run_config import load_config
    from mmselfshot.labelling.candidate_store import read_candidates
    from mmselfshot.utils import write_json

    cfg = load_config(config)
    filters = (cfg.get('labelling') or {}).get('filters') or []
    table = read_candidates(candidates)
    print(f'{len(table)} candidates of {len(table.videos)} videos')
    labels = LabelFile.load(truth) if truth else None
    rows = list(sweep_filters(table, filters, values, labels))
    print(format_sweep(rows))
    if out:
        write_json(out, rows)
        print(f'{len(rows)} rows are in {out}')
    return rows
