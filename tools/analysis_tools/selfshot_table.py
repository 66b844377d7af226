"""Make all tables of Self-Shot VIS on ToyVIS fewshot, three seeds.

    python tools/analysis_tools/selfshot_table.py --out work_dirs/selfshot \\
        --retrieval work_dirs/retrieval --page docs/selfshot.md
    python tools/analysis_tools/selfshot_table.py --tables 1 3 --seeds 10
    python tools/analysis_tools/selfshot_table.py --check

Per seed: a world, the rows of the retrieval table that are needed, files of
supports, trainings, and a result file per test with the IoUs of each query.
What is there is kept: the same command goes on where it was interrupted, and
seeds may run at the same time in commands of their own. Leaves selfshot.json
and selfshot.md. With --check: whether supports matter to a network that was
trained on another seed; leaves checks.json, which the tables then quote.
"""

import argparse
from pathlib import Path

from mmselfshot.utils import UserError, run_tool
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
    add_table_options(parser, 'work_dirs/selfshot')
    parser.add_argument(
        '--section',
        default='selfshot',
        metavar='NAME',
        help='of the page: where the tables go (default selfshot)',
    )
    parser.add_argument(
        '--tables',
        nargs='+',
        metavar='NAME',
        help='such as 1, 4a or fig2 (default: all)',
    )
    parser.add_argument(
        '--retrieval',
        metavar='DIR',
        help='folder of a run of retrieval_table.py, whose worlds and '
        'indexes are used (default: <out>/retrieval)',
    )
    parser.add_argument(
        '--records',
        metavar='DIR',
        help='folder with a small file of results per seed: what is recorded '
        'is neither trained nor tested nor searched, what is measured '
        'without --weights is added; another --retrieval needs another folder',
    )
    parser.add_argument(
        '--drawn',
        nargs='+',
        default=[],
        metavar='SEED=FOLDER',
        help='worlds that are there already',
    )
    parser.add_argument(
        '--weights',
        nargs='+',
        default=[],
        metavar='TRAINING=FILE',
        help='a checkpoint instead of a training; {seed} in it stands for '
        'the seed',
    )
    parser.add_argument(
        '--num-queries',
        type=int,
        metavar='N',
        help='test on the first N videos only, to try the command',
    )
    parser.add_argument(
        '--check',
        type=int,
        nargs='*',
        metavar='SEED',
        help='check the instrument on these seeds (0) instead',
    )
    add_config_options(parser, 'change keys of the config in all trainings')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.num_queries is not None and args.num_queries < 1:
        raise UserError(
            f'--num-queries {args.num_queries}; expected 1 or more'
        )
    is_check = args.check is not None
    seeds = (args.check or [0]) if is_check else args.seeds
    from mmselfshot.apis.selfshot_checks import format_check
    from mmselfshot.apis.selfshot_report import format_content
    from mmselfshot.apis.selfshot_table import (
        choose_tables,
        make_runs,
        run_selfshot_checks,
        run_selfshot_table,
    )
    from mmselfshot.utils.page_tables import put_into_page

    tables = choose_tables(args.tables)
    runs = make_runs(
        REPO,
        args.out,
        seeds,
        args.retrieval,
        read_pairs(args.drawn, '--drawn'),
        args.records,
        options=args.cfg_options,
        world=read_pairs(args.world, '--world'),
        num_queries=args.num_queries,
        weights=read_pairs(args.weights, '--weights'),
    )
    if is_check:
        for check in run_selfshot_checks(runs, args.out)['checks']:
            print(format_check(check))
        print(f'wrote {args.out}/checks.json')
        return
    text = format_content(run_selfshot_table(runs, args.out, tables))
    print(text)
    if args.page:
        put_into_page(args.page, text, args.section)
        print(f'put the tables into {args.page}')
    print(f'wrote {args.out}/selfshot.json and selfshot.md')


if __name__ == '__main__':
    run_tool(main)
