"""Train the small CLIP that names what is in ToyVIS videos.

Example:
    python tools/dataset_tools/train_toy_clip.py \
        --out mmselfshot/assets/toy_clip.pth
"""

import argparse
import json
from pathlib import Path

from mmselfshot.utils import run_tool

CONFIGS = Path(__file__).resolve().parents[2] / 'configs/toyvis'
STAGES = [
    CONFIGS / 'clip_stills.py',
    CONFIGS / 'clip_stills_kinds.py',
    CONFIGS / 'clip_stills_boxes.py',
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--configs', nargs='+', default=STAGES, help='the stages, in order'
    )
    parser.add_argument('--out', required=True, help='file of the weights')
    parser.add_argument('--data-root', default='data/toyvis_captions')
    parser.add_argument('--work-dir', default='work_dirs/clip_stills')
    parser.add_argument(
        '--num-stills', type=int, default=16000, help='in each world'
    )
    parser.add_argument('--num-workers', type=int, default=2)
    args = parser.parse_args()

    from mmselfshot.apis.toy_clip import train_toy_clip

    record = train_toy_clip(
        args.configs,
        args.out,
        args.data_root,
        args.work_dir,
        args.num_stills,
        num_workers=args.num_workers,
    )
    print(json.dumps(record, indent=1))


if __name__ == '__main__':
    run_tool(main)
