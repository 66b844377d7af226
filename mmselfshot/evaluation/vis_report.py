"""Tables of a result file's numbers, and the videos that went worst."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.label_rules import find_label_defects
from mmselfshot.evaluation.result_file import read_results
from mmselfshot.evaluation.vis_ap import Precision
from mmselfshot.evaluation.vis_identity import SCORE_THR
from mmselfshot.evaluation.vis_score import (
    VideoScore,
    join_categories,
    join_pooled,
    score_results,
    summarize,
    summarize_following,
)
from mmselfshot.utils import UserError, read_json

_STATS = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10')


def load_truth(path: str | Path, need_annotations: bool = True) -> LabelFile:
    """Read the label file to score against.

    An annotation with id 0 is accepted; official evaluators never match it.

    Raises:
        UserError: If the file has another defect, or no annotations though
            they are needed.
    """
    for defect in find_label_defects(read_json(path)):
        if defect.kind != 'id 0':
            raise UserError(
                f'{path} has {defect}; list all with '
                f'tools/dataset_tools/check_dataset.py {path}'
            )
    labels = LabelFile.load(path, check=False)
    if need_annotations and not any(labels.annotations.values()):
        raise UserError(
            f'{path} has no annotations to score against; score a labelled '
            'split, or only write the result file (format_only=True)'
        )
    return labels


def make_report(
    results: str | Path,
    truth: str | Path,
    class_agnostic: bool = False,
    score_thr: float = SCORE_THR,
) -> dict[str, Any]:
    """Score a result file.

    Args:
        results: Result file or submission zip.
        truth: Label file.
        class_agnostic: Worst videos by pooled AP50.
        score_thr: Weaker tracks take no part in identity switches.

    Returns:
        `summary` as of `summarize`; `pooled`, its 12 official stats;
        `categories`, a list of `{id, name, AP, AP50, AP75, AR100}`;
        `videos`, worst first, a list of `{id, name, track_iou, AP50,
        id_switches, num_objects, num_predictions}`; and the counts
        `num_predictions`, `num_unlisted` (predictions of categories that the
        label file does not list) and `num_silent` (videos without any).

    Raises:
        UserError: If a file cannot be read or the two do not fit.
    """
    labels = load_truth(truth)
    scores = score_results(labels, read_results(results), score_thr)
    category_ids = [category['id'] for category in labels.categories]
    by_category = join_categories(scores, category_ids).per_category()
    return {
        'summary': summarize(scores, category_ids),
        'pooled': join_pooled(scores).stats(),
        'categories': [
            {'id': entry['id'], 'name': entry['name']}
            | by_category[entry['id']]
            for entry in labels.categories
        ],
        'videos': rank_videos(scores, labels.videos, class_agnostic),
        'num_predictions': sum(one.num_predictions for one in scores),
        'num_unlisted': sum(one.num_unlisted for one in scores),
        'num_silent': sum(one.num_predictions == 0 for one in scores),
    }


def rank_videos(
    scores: Sequence[VideoScore],
    videos: Mapping[int, Mapping[str, Any]],
    class_agnostic: bool = False,
) -> list[dict[str, Any]]:
    """Videos with objects, the worst first.

    Order: mean IoU of the objects' tracks, then AP50, then most identity
    switches, then id.

    Args:
        scores: One per video.
        videos: The label file's videos.
        class_agnostic: AP50 without looking at categories.
    """
    rows = []
    for score in scores:
        following = score.following
        if not len(following.num_switches):
            continue
        precision = (
            join_pooled([score])
            if class_agnostic
            else join_categories([score], list(score.by_category))
        )
        names = videos[score.video_id]['file_names']
        rows.append(
            {
                'id': score.video_id,
                'name': str(Path(names[0]).parent),
                'track_iou': summarize_following([following])['track_iou'],
                'AP50': precision.stats()['AP50'],
                'id_switches': int(following.num_switches.sum()),
                'num_objects': len(following.num_switches),
                'num_predictions': score.num_predictions,
            }
        )
    return sorted(
        rows,
        key=lambda row: (
            row['track_iou'],
            row['AP50'],
            -row['id_switches'],
            row['id'],
        ),
    )


def format_report(
    report: Mapping[str, Any],
    class_agnostic: bool = False,
    per_class: bool = False,
    num_worst: int = 10,
) -> str:
    """The report as text; AP, AR and IoU in percent."""
    views = {'pooled': report['pooled']}
    if not class_agnostic:
        views = {'per class': report['summary']} | views
    summary = report['summary']
    parts = [
        format_table(
            ['view', *_STATS],
            [
                [name, *(percent(stats[key]) for key in _STATS)]
                for name, stats in views.items()
            ],
        ),
        f'foreground AP50 {percent(summary["fgbg_AP50"])}   '
        f'track IoU {percent(summary["track_iou"])}   '
        f'frame IoU {percent(summary["frame_iou"])}   '
        f'identity switches per track '
        f'{summary["id_switches_per_track"]:.3f} (over '
        f'{percent(summary["id_paired_share"])} % of the frames)',
    ]
    if report['num_silent']:
        parts.append(
            f'{report["num_silent"]} videos have no prediction; their '
            'objects are missed'
        )
    if report['num_unlisted']:
        parts.append(
            f'{report["num_unlisted"]} of {report["num_predictions"]} '
            'predictions have a category that the label file does not list; '
            'they count in the pooled view only'
        )
    if per_class:
        parts.append(
            _format_rows(report['categories'], ('AP', 'AP50', 'AP75', 'AR100'))
        )
    worst = report['videos'][:num_worst]
    if worst:
        parts.append(
            f'worst {len(worst)} of {len(report["videos"])} videos\n'
            + _format_rows(worst, ('track_iou', 'AP50'))
        )
    return '\n\n'.join(parts)


def format_categories(
    precision: Precision, categories: Sequence[Mapping[str, Any]]
) -> str:
    """A table of each category's AP, in percent."""
    names = {category['id']: category['name'] for category in categories}
    table = precision.per_category()
    rows = [
        {'id': category, 'name': names.get(category, '')} | numbers
        for category, numbers in table.items()
    ]
    return _format_rows(rows, ('AP', 'AP50', 'AP75', 'AR100'))


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to one width; the first to the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    lines = []
    for row in (head, *rows):
        cells = [
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append('  '.join(cells).rstrip())
    return '\n'.join(lines)


def percent(value: float) -> str:
    """A share as text in percent; '-' where nothing counts (-1)."""
    return '-' if value < 0 else f'{100 * value:.1f}'


def _format_rows(
    rows: Sequence[Mapping[str, Any]], shares: Sequence[str]
) -> str:
    keys = list(rows[0]) if rows else ['id']
    return format_table(
        keys,
        [
            [
                percent(row[key]) if key in shares else str(row[key])
                for key in keys
            ]
            for row in rows
        ],
    )
