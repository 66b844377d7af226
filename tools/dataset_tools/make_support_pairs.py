"""Write fixed pairs of queries and supports, once, from a seed.

Examples:
    python tools/dataset_tools/make_support_pairs.py \\
        data/ytvis_2019/train.json --split self-vis --out pairs.json
    python tools/dataset_tools/make_support_pairs.py \\
        data/toyvis_fewshot/fewshot_queries.json \\
        --pool-truth data/toyvis_fewshot/pool_truth.json --out pairs.json

Pairs of fewer supports are prefixes of these.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import UserError, run_tool


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('labels', type=Path, help='label file of the queries')
    parser.add_argument(
        '--out', type=Path, required=True, help='file to write'
    )
    parser.add_argument(
        '--split',
        help='self-vis (YouTube-VIS 2019), self-vis-2021 or self-ovis',
    )
    parser.add_argument(
        '--part',
        choices=('test', 'train'),
        default='test',
        help='videos of --split that are queries and supports (test)',
    )
    parser.add_argument(
        '--half',
        choices=('val', 'test'),
        help='write only one half of the queries, split by --seed and video',
    )
    parser.add_argument(
        '--pool-truth',
        type=Path,
        help='pool_truth.json of a ToyVIS world, instead of --split',
    )
    parser.add_argument('--k', type=int, default=5, help='supports (5)')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if (args.split is None) == (args.pool_truth is None):
        raise UserError('give --split for an official set, or --pool-truth')
    from mmselfshot.apis.support_pairs import make_support_pairs

    for line in make_support_pairs(
        args.labels,
        args.out,
        args.split,
        args.pool_truth,
        args.k,
        args.seed,
        args.part,
        args.half,
    ):
        print(line)


if __name__ == '__main__':
    run_tool(main)
