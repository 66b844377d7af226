"""Make the table of docs/uvis.md: every row of UVIS's ladder, three seeds.

    python tools/analysis_tools/uvis_ladder.py --out work_dirs/uvis_ladder

Per seed: a ToyVIS world, its labels, four trainings, seven predictions.
Its steps took 41 minutes per seed here; on two quiet cores, with
OMP_NUM_THREADS=1 and --jobs 2, all of it takes about 80 minutes. What is
there is kept: the same command goes on where it was interrupted. Leaves
ladder.json and ladder.md, and a folder per seed.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import (
    add_config_options,
    add_table_options,
    read_pairs,
)

REPO = Path(__file__).resolve().parents[2]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_table_options(parser, 'work_dirs/uvis_ladder')
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        help='trainings and predictions at a time (default 1)',
    )
    add_config_options(
        parser, 'change keys of the configs in all trainings and predictions'
    )
    parser.add_argument(
        '--label-options',
        nargs='+',
        default=[],
        metavar='KEY=VALUE',
        help='change keys of the config for the labelling',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.apis.uvis_ladder import run_ladder
    from mmselfshot.apis.uvis_ladder_report import format_ladder
    from mmselfshot.utils.page_tables import put_into_page

    content = run_ladder(
        REPO,
        args.out,
        args.seeds,
        args.jobs,
        args.cfg_options,
        args.label_options,
        read_pairs(args.world, '--world'),
    )
    table = format_ladder(content)
    print(table)
    if args.page:
        put_into_page(args.page, table, 'ladder')
        print(f'put the tables into {args.page}')
    print(f'wrote {args.out}/ladder.json and ladder.md')


if __name__ == '__main__':
    run_tool(main)
