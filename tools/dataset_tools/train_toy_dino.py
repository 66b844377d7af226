"""Train the small DINO backbones that UVIS on ToyVIS starts from.

Example:
    python tools/dataset_tools/train_toy_dino.py \
        configs/toyvis/dino_vit_stills.py \
        --out mmselfshot/assets/toy_dino_vit.pth
"""

import argparse
import json
from pathlib import Path

from mmselfshot.utils import run_tool


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='configs/toyvis/dino_*_stills.py')
    parser.add_argument('--out', required=True, help='file of the weights')
    parser.add_argument('--data-root', default='data/toyvis_dino_stills')
    parser.add_argument('--work-dir', help='default: work_dirs/CONFIG')
    parser.add_argument('--num-stills', type=int, default=4000)
    args = parser.parse_args()

    from mmselfshot.apis.toy_dino import train_toy_dino

    work_dir = args.work_dir or Path('work_dirs') / Path(args.config).stem
    record = train_toy_dino(
        args.config, args.out, args.data_root, work_dir, args.num_stills
    )
    print(json.dumps(record, indent=1))


if __name__ == '__main__':
    run_tool(main)
