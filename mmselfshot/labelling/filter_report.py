"""How many candidates were kept per class, and why the others went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmselfshot.labelling.candidates import CandidateTable


@dataclass
class FilterReport:
    """What one filter did.

    Attributes:
        name: Of the filter.
        before: (K,) int, candidates per class that it was given.
        after: (K,) int, of these the kept ones.
        notes: Lines for people: classes that were passed and so on.
        passed: Names of classes that it could not judge.
    """

    name: str
    before: np.ndarray
    after: np.ndarray
    notes: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report for a JSON file."""
        return {
            'filter': self.name,
            'before': self.before.tolist(),
            'after': self.after.tolist(),
            'notes': self.notes,
            'passed_classes': self.passed,
        }


def apply_filters(
    table: CandidateTable, filters: Sequence[Mapping[str, Any]]
) -> list[FilterReport]:
    """Build filters and let each set reasons in a table, in their order."""
    from mmengine.registry import DefaultScope

    from mmselfshot.registry import SCOPE, TASK_UTILS

    with DefaultScope.overwrite_default_scope(SCOPE):
        parts = [TASK_UTILS.build(dict(one)) for one in filters]
    return [part(table) for part in parts]


def count_kept(table: CandidateTable) -> np.ndarray:
    """(K,) int64, candidates per class without a reason."""
    return np.bincount(
        table.label[table.is_kept], minlength=len(table.classes)
    )


def count_reasons(table: CandidateTable) -> dict[str, np.ndarray]:
    """Count candidates by reason.

    Returns:
        (K,) int64 per class for each reason, in the order of first
        appearance among falling totals; '' (kept) is not among them.
    """
    counts = {}
    for reason in sorted(set(table.reason.tolist()) - {''}):
        labels = table.label[table.reason == reason]
        counts[reason] = np.bincount(labels, minlength=len(table.classes))
    return dict(sorted(counts.items(), key=lambda item: -int(item[1].sum())))


def make_label_report(
    table: CandidateTable, reports: Sequence[FilterReport] = ()
) -> dict[str, Any]:
    """Count frames and candidates of a filtered table, for a JSON file.

    Returns:
        `videos`, `frames` (looked at), `labelled_frames` (with a kept mask),
        `empty_frames` (without any candidate), `candidates`, `kept`,
        `classes` (rows with `name`, `candidates`, `kept`, `dropped` by
        reason) and `filters` (see `FilterReport.as_dict`).
    """
    frames = sum(len(one['sampled']) for one in table.videos.values())
    every = np.arange(len(table))
    with_any = len(table.frame_groups(every))
    with_kept = len(table.frame_groups(every[table.is_kept]))
    totals = np.bincount(table.label, minlength=len(table.classes))
    kept, reasons = count_kept(table), count_reasons(table)
    return {
        'videos': len(table.videos),
        'frames': frames,
        'labelled_frames': with_kept,
        'empty_frames': frames - with_any,
        'candidates': len(table),
        'kept': int(kept.sum()),
        'classes': [
            {
                'name': name,
                'candidates': int(totals[label]),
                'kept': int(kept[label]),
                'dropped': {
                    reason: int(counts[label])
                    for reason, counts in reasons.items()
                },
            }
            for label, name in enumerate(table.classes)
        ],
        'filters': [report.as_dict() for report in reports],
    }


def format_label_report(report: dict[str, Any]) -> str:
    """The report as a table for people."""
    reasons = list(report['classes'][0]['dropped'])
    rows = [
        [row['name'], row['candidates'], row['kept'], *row['dropped'].values()]
        for row in report['classes']
        if row['candidates']
    ]
    rows.append(
        ['all', report['candidates'], report['kept']]
        + [
            sum(row['dropped'][reason] for row in report['classes'])
            for reason in reasons
        ]
    )
    head = ['class', 'candidates', 'kept', *reasons]
    widths = [
        max(len(str(row[place])) for row in [head, *rows])
        for place in range(len(head))
    ]
    lines = [
        '  '.join(
            str(cell).ljust(width) if place == 0 else str(cell).rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in [head, *rows]
    ]
    lines.append(
        f'{report["labelled_frames"]} of {report["frames"]} frames in '
        f'{report["videos"]} videos are labelled; the other '
        f'{report["frames"] - report["labelled_frames"]} have no kept mask '
        f'and are not trained on ({report["empty_frames"]} had no candidate)'
    )
    for one in report['filters']:
        lines += [f'{one["filter"]}: {note}' for note in one['notes']]
    return '\n'.join(lines)
