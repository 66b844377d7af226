"""Make films of what the label file of a config holds.

    python tools/analysis_tools/browse_dataset.py \\
        configs/minvis/minvis_toyvis.py --split train --videos 1 2 3 \\
        --out browse

Per video a film OUT/ID.mp4 and a sheet OUT/ID.png: masks, a colour per
identity, class names; labelled frames have a yellow border where others are
not labelled.
"""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import add_config_options


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    parser.add_argument(
        '--split', choices=['train', 'val', 'test'], default='train'
    )
    parser.add_argument('--out', default='browse', help='where to write')
    parser.add_argument(
        '--videos', type=int, nargs='+', help='ids (default: the first 5)'
    )
    parser.add_argument(
        '--fps', type=float, default=6.0, help='frames per second'
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.engine.run_config import load_config
    from mmselfshot.visualization.browse import browse_dataset

    cfg = load_config(args.config, args.cfg_options)
    films = browse_dataset(cfg, args.split, args.out, args.videos, args.fps)
    for film in films:
        print(film)
    print(f'{len(films)} films, each with a sheet beside it')


if __name__ == '__main__':
    run_tool(main)
