"""Show a system on ToyVIS, from drawing the world to films.

    python tools/demo.py
    python tools/demo.py --system minvis --out demo_out/minvis

UVIS (the default) labels, trains and tests without a label of a video and
leaves a page. MinVIS trains on true labels. Each takes at most 15 minutes on
two cores. The same command goes on where it stopped.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import run_tool

REPO = Path(__file__).resolve().parents[1]
CONFIGS = {
    'uvis': 'configs/uvis/uvis_toyvis.py',
    'minvis': 'configs/minvis/minvis_toyvis.py',
}
FOLDERS = {'uvis': 'demo_out/uvis', 'minvis': 'demo_out/minvis'}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--system', choices=list(CONFIGS), default='uvis')
    parser.add_argument(
        '--out', help='where to write (demo_out/uvis, demo_out/minvis)'
    )
    parser.add_argument('--config', help='another config to train')
    args = parser.parse_args()

    from mmselfshot.apis.demo_minvis import run_minvis_demo
    from mmselfshot.apis.demo_uvis import run_uvis_demo

    run = {'uvis': run_uvis_demo, 'minvis': run_minvis_demo}[args.system]
    run(
        REPO,
        args.out or FOLDERS[args.system],
        args.config or CONFIGS[args.system],
    )


if __name__ == '__main__':
    run_tool(main)
