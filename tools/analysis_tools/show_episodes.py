"""Show what a network of Self-Shot VIS does with the supports of a test.

    python tools/analysis_tools/show_episodes.py \\
        configs/selfshot/selfshot_5shot_toyvis.py CHECKPOINT \\
        --out work_dirs/episodes

Leaves episodes.html and a picture for each query: what is asked for, what was
found, and the supports. Other supports: --cfg-options
test_dataloader.dataset.pairs=FILE.
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
        '--queries',
        type=int,
        default=12,
        metavar='N',
        help='so many, evenly spread (default 12)',
    )
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.3,
        help='least score of what is drawn (default 0.3)',
    )
    add_device_option(parser)
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.apis.show_episodes import run_show_episodes

    run_show_episodes(
        args.config,
        args.checkpoint,
        args.out,
        num_queries=args.queries,
        score_thr=args.score_thr,
        options=args.cfg_options,
        device=args.device,
        show_progress=True,
    )


if __name__ == '__main__':
    run_tool(main)
