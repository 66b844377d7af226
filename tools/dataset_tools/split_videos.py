"""Split a label file by video into train and held-out.

Example:
    python tools/dataset_tools/split_videos.py data/ytvis_2019/train.json
"""

import argparse
from pathlib import Path

from mmselfshot.utils import run_tool


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('train', type=Path, help='label file to split')
    parser.add_argument(
        '--held-out', type=float, default=0.1, help='share of the videos'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--out-dir', type=Path, help='default: where the label file is'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.datasets.label_file import LabelFile
    from mmselfshot.datasets.split import choose_held_out, count_videos

    labels = LabelFile.load(args.train)
    print(f'read {args.train}: {len(labels.videos)} videos')
    held_out = choose_held_out(labels, args.held_out, args.seed)
    kept = [key for key in labels.videos if key not in set(held_out)]
    out_dir = args.out_dir or args.train.parent
    counts = []
    for part, video_ids in (('train', kept), ('heldout', held_out)):
        subset = labels.subset(video_ids)
        path = out_dir / f'{args.train.stem}_{part}.json'
        subset.save(path)
        print(f'wrote {path}: {len(subset.videos)} videos')
        counts.append(count_videos(subset))
    print(f'{"videos with":<24}{"train":>8}{"heldout":>8}')
    for name in counts[0]:
        print(f'{name:<24}{counts[0][name]:>8}{counts[1][name]:>8}')


if __name__ == '__main__':
    run_tool(main)
