"""Train the small backbone that ToyVIS configs start from.

Example:
    python tools/dataset_tools/train_toy_backbone.py \
        --out mmselfshot/assets/toy_resnet18.pth
    python tools/dataset_tools/train_toy_backbone.py \
        --config configs/toyvis/backbone_stills_named.py \
        --work-dir work_dirs/backbone_stills_named \
        --out mmselfshot/assets/toy_resnet18_named.pth
    python tools/dataset_tools/train_toy_backbone.py --level fewshot \
        --config configs/toyvis/backbone_stills_fewshot.py \
        --data-root data/toyvis_stills_fewshot --num-stills 12000 \
        --work-dir work_dirs/backbone_stills_fewshot \
        --out mmselfshot/assets/toy_resnet18_seen.pth
    python tools/dataset_tools/train_toy_backbone.py --level fewshot \
        --config configs/toyvis/backbone_frames_fewshot.py \
        --data-root data/toyvis_frames_fewshot --num-videos 3000 \
        --work-dir work_dirs/backbone_frames_fewshot \
        --out mmselfshot/assets/toy_resnet18_cells.pth
"""

import argparse
import json
from pathlib import Path

from mmselfshot.utils import run_tool

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--config', default=ROOT / 'configs/toyvis/backbone_stills.py'
    )
    parser.add_argument('--out', required=True, help='file of the weights')
    parser.add_argument('--data-root', default='data/toyvis_stills')
    parser.add_argument('--work-dir', default='work_dirs/backbone_stills')
    parser.add_argument('--num-stills', type=int, default=16000)
    parser.add_argument(
        '--level', choices=('standard', 'fewshot'), default='standard'
    )
    parser.add_argument(
        '--num-videos',
        type=int,
        default=0,
        help='train on frames of so many videos of seen kinds instead',
    )
    args = parser.parse_args()

    from mmselfshot.apis.toy_backbone import train_toy_backbone

    record = train_toy_backbone(
        args.config,
        args.out,
        args.data_root,
        args.work_dir,
        args.num_stills,
        level=args.level,
        num_videos=args.num_videos,
    )
    print(json.dumps(record, indent=1))


if __name__ == '__main__':
    run_tool(main)
