"""Read a data set whole and list every defect; exit status 1 if any.

Examples:
    python tools/dataset_tools/check_dataset.py configs/minvis/CONFIG.py
    python tools/dataset_tools/check_dataset.py train.json --images train/
"""

import argparse
from collections import Counter
from functools import partial
from pathlib import Path

from tqdm import tqdm

from mmselfshot.utils import UserError, run_tool


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', type=Path, help='config or label file')
    parser.add_argument(
        '--images', type=Path, help='folder of the frames of a label file'
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmengine.config import Config

    from mmselfshot.datasets.check import check_data_set, data_sets_of_config

    if not args.source.is_file():
        raise UserError(f'no file {args.source}; check the path')
    if args.source.suffix == '.py':
        pairs = data_sets_of_config(Config.fromfile(args.source))
    elif args.images is None:
        raise UserError(
            f'{args.source} is a label file; name the folder of its frames '
            'with --images'
        )
    else:
        pairs = [(args.source, args.images)]
    counts: Counter = Counter()
    for ann_file, image_root in pairs:
        print(f'checking {ann_file} with frames in {image_root}')
        show = partial(tqdm, unit='video')
        for defect in check_data_set(ann_file, image_root, show):
            tqdm.write(str(defect))
            counts[defect.kind] += 1
    for kind, count in sorted(counts.items()):
        print(f'{kind}: {count}')
    print(f'{counts.total()} defects' if counts else 'no defects')
    return 1 if counts else 0


if __name__ == '__main__':
    run_tool(main)
