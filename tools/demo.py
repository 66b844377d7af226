"""Make ToyVIS, train MinVIS on it, score it, film three videos.

    python tools/demo.py --out demo_out

Below 14 minutes on two cores. The same command goes on where it stopped.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import run_tool

REPO = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--out', default='demo_out', help='where to write')
    parser.add_argument(
        '--config',
        default='configs/minvis/minvis_toyvis.py',
        help='another config to train',
    )
    args = parser.parse_args()

    from mmselfshot.apis.demo import run_demo

    run_demo(REPO, args.out, args.config)


if __name__ == '__main__':
    run_tool(main)
