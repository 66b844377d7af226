"""Show what the fuser of Self-Shot VIS changes: attention before and after.

    python tools/analysis_tools/fuser_heatmap.py \\
        configs/selfshot/selfshot_5shot_toyvis.py CHECKPOINT --queries 50 \\
        --out work_dirs/fuser_heatmap

Leaves fuser_heatmap.html with pictures, and fuser_heatmap.json with the share
of attention inside the targets for every query, the means and the change by
the fuser with its 95 % interval. What is measured is kept: the same command
goes on where it was interrupted.
"""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import (
    add_config_options,
    add_device_option,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    parser.add_argument('checkpoint', help='path of the weights')
    parser.add_argument('--out', required=True, help='folder to write')
    parser.add_argument(
        '--queries', type=int, metavar='N', help='measure so many (all)'
    )
    parser.add_argument(
        '--pictures', type=int, default=12, metavar='N', help='on the page'
    )
    add_device_option(parser)
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.apis.fuser_heatmap import run_fuser_heatmap

    run_fuser_heatmap(
        args.config,
        args.checkpoint,
        args.out,
        num_queries=args.queries,
        num_pictures=args.pictures,
        options=args.cfg_options,
        device=args.device,
        show_progress=True,
    )


if __name__ == '__main__':
    run_tool(main)
