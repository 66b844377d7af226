"""Score a checkpoint on the test videos of a config."""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import (
    add_config_options,
    add_launcher_options,
)

EXAMPLE = """example:
  python tools/test.py configs/minvis/minvis_toyvis.py \\
      work_dirs/minvis_toyvis/iter_1000.pth --out results --show-dir films

The same command goes on where it was interrupted. Several GPUs, or several
processes on the CPU:
  tools/dist_test.sh CONFIG CHECKPOINT NUMBER
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    parser.add_argument(
        'checkpoint', help="path of the weights; 'none' if there are none"
    )
    parser.add_argument('--work-dir', help='where the log goes')
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='write results.json, results.zip and metrics.json there',
    )
    parser.add_argument(
        '--show-dir', metavar='DIR', help='write a film per video there'
    )
    parser.add_argument(
        '--split',
        choices=['test', 'val'],
        default='test',
        help='val: the videos that training validates on, such as a held-out '
        'part of a train set whose valid labels are closed',
    )
    add_config_options(parser)
    add_launcher_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.engine.test import test

    test(
        args.config,
        args.checkpoint,
        work_dir=args.work_dir,
        out=args.out,
        show_dir=args.show_dir,
        options=args.cfg_options,
        launcher=args.launcher,
        local_rank=args.local_rank,
        split=args.split,
    )


if __name__ == '__main__':
    run_tool(main)
