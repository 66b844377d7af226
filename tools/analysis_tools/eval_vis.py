"""Score a result file of video instance segmentation.

Prints AP and AR (class-aware and pooled), foreground AP50, mean IoU and
identity switches, and the worst videos first.

Example:
    python tools/analysis_tools/eval_vis.py \\
        work_dirs/minvis_toyvis/results.json data/toyvis/val.json --per-class
"""

import argparse

from mmselfshot.utils import run_tool, write_json


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('results', help='results.json or a submission zip')
    parser.add_argument('gt', help='label file, official YouTube-VIS JSON')
    parser.add_argument(
        '--class-agnostic',
        action='store_true',
        help='only the views that do not look at categories',
    )
    parser.add_argument(
        '--per-class', action='store_true', help='AP of each category'
    )
    parser.add_argument(
        '--worst',
        type=int,
        default=10,
        metavar='N',
        help='videos to list, worst first (default 10)',
    )
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.1,  # `SCORE_THR`, whose module is slow to import
        help='weaker tracks take no part in identity switches (default 0.1)',
    )
    parser.add_argument('--out', help='also write all numbers to this JSON')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.evaluation.vis_report import format_report, make_report

    report = make_report(
        args.results, args.gt, args.class_agnostic, args.score_thr
    )
    print(
        f'{args.results}: {report["num_predictions"]} predictions against '
        f'{args.gt}'
    )
    print(
        format_report(report, args.class_agnostic, args.per_class, args.worst)
    )
    if args.out:
        write_json(args.out, report)
        print(f'wrote {args.out}')


if __name__ == '__main__':
    run_tool(main)
