"""Print, and draw, the curves that training runs have logged."""

import argparse

from mmselfshot.utils import run_tool

EXAMPLE = """example:
  python tools/analysis_tools/analyze_logs.py work_dirs/minvis_toyvis
  python tools/analysis_tools/analyze_logs.py work_dirs/a work_dirs/b \\
      --keys loss loss_mask vis/AP50 --out curves.png
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('runs', nargs='+', help='work dirs or scalars.json')
    parser.add_argument(
        '--keys', nargs='+', default=[], help='names; loss and AP50 if absent'
    )
    parser.add_argument(
        '--out', metavar='FILE', help='draw the curves to a .png or .pdf'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.engine.run_logs import (
        choose_keys,
        format_table,
        plot_curves,
        read_curves,
    )

    runs = {run: read_curves(run) for run in args.runs}
    keys = choose_keys(runs, args.keys)
    print(format_table(runs, keys))
    if args.out:
        plot_curves(runs, keys, args.out)
        print(f'wrote {args.out}')


if __name__ == '__main__':
    run_tool(main)
