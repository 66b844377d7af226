"""Track the candidates of a labelling by their boxes (DeepSORT).

Reads what tools/label.py left in <labels>.candidates, before any filter, and
writes a result file: what pseudo labels give without a training.

Example:
    python tools/analysis_tools/track_candidates.py \\
        data/toyvis/val_pseudo.json --truth data/toyvis/val.json \\
        --out box_tracks/results.json
"""

import argparse

from mmselfshot.utils import run_tool, write_json


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('candidates', help='label file or its .candidates')
    parser.add_argument('--out', required=True, help='result file to write')
    parser.add_argument(
        '--truth',
        help='label file whose ids of videos and categories are used',
    )
    parser.add_argument(
        '--filtered',
        action='store_true',
        help='only candidates that the filters kept',
    )
    for name, default, text in (
        ('max-cosine-distance', 0.2, 'less alike: no pair'),
        ('max-iou-distance', 0.7, 'less overlap: no pair'),
        ('max-age', 30, 'frames a track may be out of sight'),
        ('num-init', 3, 'frames in a row that confirm a track'),
    ):
        parser.add_argument(
            f'--{name}',
            type=type(default),
            default=default,
            help=f'{text} (default {default})',
        )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.datasets import LabelFile
    from mmselfshot.labelling.candidate_store import read_candidates
    from mmselfshot.labelling.deep_sort_tracker import (
        DeepSortTracker,
        track_candidates,
    )

    table = read_candidates(args.candidates, with_reasons=args.filtered)
    print(
        f'{args.candidates}: {int(table.is_kept.sum())} candidates in '
        f'{len(table.videos)} videos'
    )
    tracker = DeepSortTracker(
        args.max_cosine_distance,
        args.max_iou_distance,
        args.max_age,
        args.num_init,
    )
    truth = LabelFile.load(args.truth) if args.truth else None
    results = track_candidates(table, tracker, truth)
    write_json(args.out, results)
    print(f'wrote {len(results)} tracks to {args.out}')


if __name__ == '__main__':
    run_tool(main)
