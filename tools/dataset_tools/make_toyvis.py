"""Make a ToyVIS world: videos, labels, a pool, stills, from a seed."""

import argparse

from mmselfshot.utils import UserError, run_tool

EXAMPLE = """example:
  python tools/dataset_tools/make_toyvis.py data/toyvis
  python tools/dataset_tools/make_toyvis.py data/toyvis_fewshot --level fewshot
  python tools/dataset_tools/make_toyvis.py data/toyvis_hard \\
      --level standard --seed 3 --option num_train=400 max_objects=6

An interrupted run goes on when the same command is run again.
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('root', help='folder of the world, new or unfinished')
    parser.add_argument(
        '--level', default='easy', help='easy, standard or fewshot (easy)'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--workers', type=int, default=2, help='number of processes'
    )
    parser.add_argument(
        '--option',
        nargs='+',
        action='extend',
        default=[],
        metavar='KEY=VALUE',
        help='change options of the level; docs/toyvis.md lists them',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace a world of other options in the same folder',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.datasets.toyvis import make_world

    for pair in args.option:
        if '=' not in pair:
            raise UserError(f'--option {pair!r}; expected key=value')
    made = make_world(
        args.root,
        args.level,
        args.seed,
        num_workers=args.workers,
        overwrite=args.overwrite,
        **dict(pair.split('=', 1) for pair in args.option),
    )
    for split, count in made.items():
        print(f'{split}: {count} made')
    print(f'ToyVIS {args.level}, seed {args.seed}: {args.root}')


if __name__ == '__main__':
    run_tool(main)
