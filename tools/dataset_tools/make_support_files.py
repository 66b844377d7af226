"""Write which clips of a pool support which query: random, retrieved, mixed.

Examples:
    python tools/dataset_tools/make_support_files.py random pairs.json \\
        --pool data/toyvis_fewshot/pool.csv --k 10 --out random.json
    python tools/dataset_tools/make_support_files.py wrong pairs.json \\
        --pool data/toyvis_fewshot/pool.csv \\
        --pool-truth data/toyvis_fewshot/pool_truth.json --out wrong.json
    python tools/dataset_tools/make_support_files.py retrieved pairs.json \\
        --index index/frozen_dino_toyvis --k 10 --out retrieved.json
    python tools/dataset_tools/make_support_files.py semi pairs.json \\
        --index index/frozen_dino_toyvis --given 2 --k 5 --out semi.json
    python tools/dataset_tools/make_support_files.py mixed pairs.json \\
        --pool data/toyvis_fewshot/pool.csv --given 3 --k 5 --out mixed.json

pairs.json comes from make_support_pairs.py and holds queries and their right
supports. semi: the given right ones help to find the others; mixed: they are
filled up with random clips, with --pool-truth with wrong ones. --index is a
folder with `pool` and `queries`, both from tools/index_pool.py. Fewer
supports are prefixes of more.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import run_tool


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('kind', help='random, wrong, retrieved, semi or mixed')
    parser.add_argument('pairs', type=Path, help='file of queries')
    parser.add_argument(
        '--out', type=Path, required=True, help='file to write'
    )
    parser.add_argument('--k', type=int, default=5, help='supports (5)')
    parser.add_argument('--seed', type=int, default=0, help='of random clips')
    parser.add_argument(
        '--pool', type=Path, help='folder of clips or list file'
    )
    parser.add_argument(
        '--pool-truth', type=Path, help='pool_truth.json of a ToyVIS world'
    )
    parser.add_argument(
        '--index', type=Path, help='folder with the indexes pool and queries'
    )
    parser.add_argument(
        '--given', type=int, help='right supports that come first'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.apis.support_file_kinds import make_support_file

    for line in make_support_file(
        args.kind,
        args.pairs,
        args.out,
        k=args.k,
        seed=args.seed,
        pool=args.pool,
        pool_truth=args.pool_truth,
        index=args.index,
        num_given=args.given,
        show_progress=True,
    ):
        print(line)


if __name__ == '__main__':
    run_tool(main)
