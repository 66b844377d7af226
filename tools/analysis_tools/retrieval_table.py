"""Compare encoders by what they retrieve on ToyVIS fewshot, three seeds.

    python tools/analysis_tools/retrieval_table.py --out work_dirs/retrieval
    python tools/analysis_tools/retrieval_table.py --rows frozen_dino_toyvis \\
        retriever_rank_toyvis --seeds 10 --out work_dirs/retrieval

Per seed: a world, the trainings on its pool (no label is near it), indexes
of pool and queries with each encoder, and a result file per encoder with what
each query found. What is there is kept: the same command goes on where it was
interrupted. Leaves retrieval.json and retrieval.md.
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
    add_table_options(parser, 'work_dirs/retrieval')
    parser.add_argument(
        '--rows',
        nargs='+',
        metavar='CONFIG',
        help='names of configs, without .py (default: all rows)',
    )
    parser.add_argument(
        '--checkpoint',
        nargs='+',
        default=[],
        metavar='CONFIG=FILE',
        help='weights of a frozen encoder, instead of those of its config',
    )
    add_config_options(parser, 'change keys of the configs in all trainings')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.apis.retrieval_table import (
        choose_rows,
        run_retrieval_table,
    )
    from mmselfshot.apis.retrieval_table_report import format_table
    from mmselfshot.utils.page_tables import put_into_page

    checkpoints = read_pairs(args.checkpoint, '--checkpoint')
    content = run_retrieval_table(
        REPO,
        args.out,
        args.seeds,
        choose_rows(args.rows, checkpoints),
        args.cfg_options,
        read_pairs(args.world, '--world'),
    )
    table = format_table(content)
    print(table)
    if args.page:
        put_into_page(args.page, table, 'retrieval')
        print(f'put the table into {args.page}')
    print(f'wrote {args.out}/retrieval.json and retrieval.md')


if __name__ == '__main__':
    run_tool(main)
