"""Fuse the pseudo labels of two rounds of self-training.

    python tools/dataset_tools/fuse_labels.py maskcut.json found.json \\
        round_1.json --score-thr 0.7

All new masks stay, and the old ones that are like none of them. What people
labelled is never replaced.
"""

import argparse

from mmselfshot.utils import run_tool


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('old', help='label file of the round before')
    parser.add_argument('new', help='label file of the new detections')
    parser.add_argument('out', help='label file to write')
    parser.add_argument(
        '--iou-thr',
        type=float,
        default=0.5,
        help='an old mask is kept below this IoU with every new one (0.5)',
    )
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.0,
        help='new masks with a smaller score are left out (0)',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.labelling.fuse_labels import fuse_files

    old, new, fused = fuse_files(
        args.old, args.new, args.out, args.iou_thr, args.score_thr
    )
    print(f'{args.old}: {old} masks; {args.new}: {new} masks')
    print(f'{args.out}: {fused} masks')


if __name__ == '__main__':
    run_tool(main)
