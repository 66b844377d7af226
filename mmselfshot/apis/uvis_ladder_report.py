"""Numbers and paired differences of the rows of UVIS's ladder.

Differences that the issue of UVIS asks for: the prototype memory raises the
precision of the labels at little cost of recall, and AP; the tracking memory
raises AP where objects are hidden, and lowers identity switches.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmselfshot.apis.label_arms import TITLES

if TYPE_CHECKING:
    from mmselfshot.apis.uvis_ladder import SeedRun

NUMBERS = (
    *('AP', 'AP50', 'pooled_AP', 'pooled_AP50'),
    *('id_switches_per_track', 'track_iou'),
)
_HEADS = {
    'AP': 'AP',
    'AP50': 'AP50',
    'pooled_AP': 'AP, classes pooled',
    'pooled_AP50': 'AP50, classes pooled',
    'id_switches_per_track': 'identity switches per track',
}
# name -> row with the part, row without it
_TRACKING = {
    'UVIS': ('+ tracking memory (UVIS)', '+ prototype memory'),
    'supervised': ('supervised, tracking memory', 'supervised'),
}


def compare_rows(
    runs: Sequence['SeedRun'], num_draws: int = 1000
) -> dict[str, Any]:
    """Score all rows and compare those that differ in one part.

    Args:
        runs: One per seed, finished.
        num_draws: Of each bootstrap.

    Returns:
        `seeds`; `rows`, by row and number a list over the seeds; `labels`,
        by arm the same of precision and recall; `occluded`, the number of
        val videos with a hidden object; `share_of_supervised` of AP and
        AP50, a list over the seeds; `differences`, a list of `what`, `mean`,
        `low`, `high`, and the counts.
    """
    from mmselfshot.apis.uvis_ladder import ROWS, UVIS_ROW
    from mmselfshot.datasets import LabelFile
    from mmselfshot.evaluation import (
        occluded_videos,
        read_results,
        score_results,
        summarize,
    )

    scores: dict[str, list] = {row: [] for row in ROWS}
    numbers: dict[str, list] = {row: [] for row in ROWS}
    hidden, kinds = [], None
    for run in runs:
        truth = LabelFile.load(run.steps.world / 'val.json')
        kinds = [one['id'] for one in truth.categories]
        hidden.append(set(occluded_videos(truth)))
        for row in ROWS:
            found = score_results(truth, read_results(run.results_of(row)))
            scores[row].append(found)
            summary = summarize(found, kinds)
            numbers[row].append({key: summary[key] for key in NUMBERS})
    rows = {row: _by_number(of_row) for row, of_row in numbers.items()}
    labels = {
        arm: _by_number(
            [
                {
                    key: run.quality[arm][key]
                    for key in (
                        *('precision', 'recall'),
                        *('agnostic_precision', 'agnostic_recall'),
                    )
                }
                for run in runs
            ]
        )
        for arm in TITLES
    }
    ratios = {
        key: [
            ours / theirs if theirs > 0 else float('nan')
            for ours, theirs in zip(rows[UVIS_ROW][key], rows[other][key])
        ]
        for key, other in (('AP', 'supervised'), ('AP50', 'supervised'))
    }
    return {
        'seeds': [run.seed for run in runs],
        'rows': rows,
        'labels': labels,
        'occluded': [len(one) for one in hidden],
        'share_of_supervised': ratios,
        'differences': _find_differences(
            runs, scores, hidden, kinds, num_draws
        ),
    }


def _by_number(entries: Sequence[Mapping[str, float]]) -> dict[str, list]:
    return {key: [one[key] for one in entries] for key in entries[0]}


def _find_differences(
    runs: Sequence['SeedRun'],
    scores: Mapping[str, list],
    hidden: Sequence[set[int]],
    kinds: Sequence[int],
    num_draws: int,
) -> list[dict[str, Any]]:
    from mmselfshot.evaluation import paired_difference
    from mmselfshot.evaluation.label_quality import summarize_quality
    from mmselfshot.evaluation.vis_ap import average_precision
    from mmselfshot.evaluation.vis_score import summarize_following

    def ap(videos: Sequence) -> float:
        return average_precision([one.by_category for one in videos], kinds)

    def switches(videos: Sequence) -> float:
        following = [video.following for video in videos]
        return summarize_following(following)['id_switches_per_track']

    def quality(key: str) -> Callable[[Sequence], float]:
        return lambda videos: summarize_quality(dict(enumerate(videos)))[key]

    def where_hidden(row: str) -> list[list]:
        return [
            [one for one in group if one.video_id in chosen]
            for group, chosen in zip(scores[row], hidden)
        ]

    def counts(arm: str) -> list[list]:
        return [list(run.quality[arm]['videos'].values()) for run in runs]

    pairs = [
        (
            'prototype memory: precision of labels',
            *(counts('memory'), counts('score'), quality('precision')),
        ),
        (
            'prototype memory: recall of labels',
            *(counts('memory'), counts('score'), quality('recall')),
        ),
        (
            'prototype memory: AP',
            scores['+ prototype memory'],
            scores['+ score filter'],
            ap,
        ),
    ]
    for name, (on, off) in _TRACKING.items():
        what = f'tracking memory, {name}'
        pairs += [
            (f'{what}: AP', scores[on], scores[off], ap),
            (
                f'{what}: AP where objects are hidden',
                *(where_hidden(on), where_hidden(off), ap),
            ),
            # fewer with the memory: a gain above 0
            (
                f'{what}: identity switches less',
                *(scores[off], scores[on], switches),
            ),
            (
                f'{what}: identity switches less where objects are hidden',
                *(where_hidden(off), where_hidden(on), switches),
            ),
        ]
    found = []
    for what, first, second, statistic in pairs:
        if all(first) and all(second):
            one = paired_difference(first, second, statistic, num_draws)
            found.append({'what': what, **one.as_dict()})
    return found


def format_ladder(content: Mapping[str, Any]) -> str:
    """The tables in markdown, mean and standard deviation over the seeds."""
    seeds = ', '.join(map(str, content['seeds']))
    minutes = sum(content.get('seconds', {}).values()) / 60
    lines = [
        f'Seeds {seeds}; {minutes:.0f} minutes of steps in all. Mean over '
        'the seeds, and their standard deviation.',
        '',
        '| row | ' + ' | '.join(_HEADS.values()) + ' |',
        '| --- |' + ' --- |' * len(_HEADS),
    ]
    for row, numbers in content['rows'].items():
        cells = [_spread(numbers[key]) for key in _HEADS]
        lines.append(f'| {row} | ' + ' | '.join(cells) + ' |')
    heads = {
        'precision': 'precision',
        'recall': 'recall',
        'agnostic_precision': 'precision, any class',
        'agnostic_recall': 'recall, any class',
    }
    lines += [
        '',
        '| pseudo labels | ' + ' | '.join(heads.values()) + ' |',
        '| --- |' + ' --- |' * len(heads),
    ]
    for arm, numbers in content['labels'].items():
        cells = [_spread(numbers[key]) for key in heads]
        lines.append(f'| {TITLES[arm]} | ' + ' | '.join(cells) + ' |')
    shares = content['share_of_supervised']
    hidden = ', '.join(map(str, content['occluded']))
    lines += [
        '',
        f'UVIS reaches {_spread(shares["AP"], 2)} of the AP and '
        f'{_spread(shares["AP50"], 2)} of the AP50 of the same network '
        'trained on true labels. Val videos with a hidden object: '
        f'{hidden}.',
        '',
        '| difference | mean | 95 % interval | above 0 |',
        '| --- | --- | --- | --- |',
    ]
    for one in content['differences']:
        verdict = 'yes' if one['low'] > 0 else 'no'
        lines.append(
            f'| {one["what"]} | {one["mean"]:+.3f} | {one["low"]:+.3f} to '
            f'{one["high"]:+.3f} | {verdict} |'
        )
    return '\n'.join(lines) + '\n'


def _spread(values: Sequence[float], digits: int = 3) -> str:
    return f'{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}'
