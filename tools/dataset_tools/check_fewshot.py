"""Measure what level fewshot of ToyVIS promises; exit status 1 if broken.

Example:
    python tools/dataset_tools/check_fewshot.py data/toyvis_fewshot

Prints each promise with the measured figure: how often a kind is in the pool,
junk, sources of unseen kinds, whether targets and non-targets are matched,
whether oracle supports share the target only, and whether mean colour or a
thumbnail find the target (the pool leaks) and the true scene does (it must).
"""

import argparse
from functools import partial

from mmselfshot.utils import run_tool


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('root', help="the world's folder")
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from tqdm import tqdm

    from mmselfshot.datasets.toyvis.fewshot.check import check_fewshot_world
    from mmselfshot.datasets.toyvis.fewshot.reading import read_fewshot_world

    world = read_fewshot_world(args.root)
    show = partial(tqdm, unit='clip', desc='controls', leave=False)
    num_broken = 0
    for finding in check_fewshot_world(world, show):
        tqdm.write(str(finding))
        num_broken += not finding.is_kept
    print(f'{num_broken} promises broken' if num_broken else 'all kept')
    return 1 if num_broken else 0


if __name__ == '__main__':
    run_tool(main)
