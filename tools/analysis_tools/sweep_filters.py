"""Compare thresholds of the filters on candidates that are there already.

    python tools/analysis_tools/sweep_filters.py \\
        configs/uvis/uvis_toyvis.py data/toyvis/uvis_pseudo.json \\
        --clip-thr 0.3 0.5 0.7 --tau off 0.6 0.7 0.8 \\
        --truth data/toyvis/train.json

Neither masks nor names are made again. LABELS is a label file of
tools/label.py (or its folder of candidates); every combination of the values
is one row. With --truth each row has precision and recall.
"""

import argparse

from mmselfshot.utils import run_tool


def read_value(text: str) -> float | None:
    return None if text == 'off' else float(text)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with a part "labelling"')
    parser.add_argument('labels', help='label file of tools/label.py')
    for name, text in (
        ('--mask-thr', 'least mask scores'),
        ('--clip-thr', 'least class probabilities'),
        ('--tau', 'least cosines of the prototype memory'),
        ('--quality-thr', 'least qualities'),
    ):
        parser.add_argument(
            name,
            nargs='+',
            type=read_value,
            metavar='VALUE',
            help=f'{text}; "off" leaves the whole filter out',
        )
    parser.add_argument('--truth', help='label file with true labels')
    parser.add_argument('--out', help='JSON file for the rows')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.labelling.filter_sweep import SWEPT, run_sweep

    values = {name: getattr(args, name) for name in SWEPT}
    run_sweep(
        args.config,
        args.labels,
        {name: found for name, found in values.items() if found},
        truth=args.truth,
        out=args.out,
    )


if __name__ == '__main__':
    run_tool(main)
