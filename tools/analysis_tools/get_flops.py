"""Count the weights and the multiply-adds of a model for one clip."""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import add_config_options

EXAMPLE = """example:
  python tools/analysis_tools/get_flops.py \\
      configs/minvis/minvis_r50_ytvis21.py --frames 3 --size 360 640
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    parser.add_argument(
        '--frames', type=int, default=1, help='frames of the clip'
    )
    parser.add_argument(
        '--size',
        type=int,
        nargs=2,
        default=(360, 640),
        metavar=('H', 'W'),
        help='height and width of the frames, in pixels',
    )
    parser.add_argument(
        '--supports',
        type=int,
        default=0,
        help='support videos of as many frames, of Self-Shot VIS (0)',
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.engine.complexity import measure_complexity

    found = measure_complexity(
        args.config,
        args.frames,
        tuple(args.size),
        args.cfg_options,
        args.supports,
    )
    height, width = args.size
    print(f'weights: {found.num_parameters:.2f} M')
    print(
        f'multiply-adds: {found.gigaflops:.2f} G for {args.frames} frames of '
        f'{height}x{width}, {found.gigaflops / args.frames:.2f} G per frame'
    )
    uncounted = ', '.join(
        f'{name.split("::")[-1]} ({times})'
        for name, times in sorted(found.uncounted.items())
    )
    print(f'not counted: {uncounted or "all but products and convolutions"}')


if __name__ == '__main__':
    run_tool(main)
