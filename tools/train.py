"""Train what a config describes."""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import (
    add_config_options,
    add_launcher_options,
)

EXAMPLE = """example:
  python tools/train.py configs/minvis/minvis_toyvis.py
  python tools/train.py configs/minvis/minvis_toyvis.py \\
      --work-dir work_dirs/short --cfg-options train_cfg.max_iters=50

The same command goes on where it was interrupted, and leaves a finished run as
it is. Several GPUs, or several processes on the CPU:
  tools/dist_train.sh CONFIG NUMBER
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    parser.add_argument('--work-dir', help='where checkpoints and logs go')
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision, on a GPU'
    )
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the total batch size',
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='PATH',
        help='go on from the last checkpoint of the work dir, or from PATH; '
        '`--resume no` starts anew; without it, a run of the same config '
        'is gone on with, unless it is finished',
    )
    add_config_options(parser)
    parser.add_argument(
        '--tensorboard',
        action='store_true',
        help='log for TensorBoard, too',
    )
    add_launcher_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.engine.train import train

    train(
        args.config,
        work_dir=args.work_dir,
        options=args.cfg_options,
        resume=args.resume,
        amp=args.amp,
        auto_scale_lr=args.auto_scale_lr,
        tensorboard=args.tensorboard,
        launcher=args.launcher,
        local_rank=args.local_rank,
    )


if __name__ == '__main__':
    run_tool(main)
