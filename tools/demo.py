"""Show a system on ToyVIS, from drawing the world to films.

    python tools/demo.py
    python tools/demo.py --system minvis --out demo_out/minvis

UVIS (the default) labels, trains and tests without a label of a video and
leaves a page. MinVIS trains on true labels. Each takes at most 15 minutes on
two cores. Self-Shot VIS trains a retriever and a network, finds supports and
segments kinds that were never labelled, in half an hour.
The same command goes on where it stopped.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import UserError, run_tool

REPO = Path(__file__).resolve().parents[1]
CONFIGS = {
    'uvis': 'configs/uvis/uvis_toyvis.py',
    'minvis': 'configs/minvis/minvis_toyvis.py',
}
SYSTEMS = (*CONFIGS, 'selfshot')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--system', choices=SYSTEMS, default='uvis')
    parser.add_argument('--out', help='where to write (demo_out/SYSTEM)')
    parser.add_argument(
        '--config', help='another config to train, of uvis or minvis'
    )
    args = parser.parse_args()
    out = args.out or f'demo_out/{args.system}'

    if args.system == 'selfshot':
        if args.config:
            raise UserError(
                '--config with --system selfshot, whose demo is of one '
                'config; leave it out, or use tools/train.py'
            )
        from mmselfshot.apis.demo_selfshot import run_selfshot_demo

        run_selfshot_demo(REPO, out)
        return
    from mmselfshot.apis.demo_minvis import run_minvis_demo
    from mmselfshot.apis.demo_uvis import run_uvis_demo

    run = {'uvis': run_uvis_demo, 'minvis': run_minvis_demo}[args.system]
    run(REPO, out, args.config or CONFIGS[args.system])


if __name__ == '__main__':
    run_tool(main)
