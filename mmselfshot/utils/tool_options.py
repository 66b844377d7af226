"""Options that several tools have, the same in each."""

import argparse
from collections.abc import Sequence

from mmselfshot.utils.errors import UserError

NO_CHECKPOINT = 'none'  # of a model that is used as its config builds it
_CHANGES = 'change keys of the config; +KEY=VALUE adds an unknown one'


def add_config_options(
    parser: argparse.ArgumentParser, help_text: str = _CHANGES
) -> None:
    """Add `--cfg-options KEY=VALUE ...`: `cfg_options`, a list of texts."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        metavar='KEY=VALUE',
        help=help_text,
    )


def add_device_option(parser: argparse.ArgumentParser) -> None:
    """Add `--device`: `device`, a name of torch's, or None."""
    parser.add_argument(
        '--device', help='cpu, cuda or cuda:1 (default: the GPU if any)'
    )


def add_launcher_options(parser: argparse.ArgumentParser) -> None:
    """Add `--launcher` and `--local-rank`, as launchers give them."""
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='what started the processes',
    )
    parser.add_argument(
        '--local-rank', '--local_rank', type=int, default=0, help='by launcher'
    )


def add_table_options(parser: argparse.ArgumentParser, out: str) -> None:
    """Add what tools have that make a table over several worlds.

    They are `--out`, `--seeds`, `--world` and `--page`.

    Args:
        out: Where the table goes unless told otherwise.
    """
    parser.add_argument('--out', default=out, help=f'folder (default {out})')
    parser.add_argument(
        '--seeds', type=int, nargs='+', default=[10, 11, 12], metavar='N'
    )
    parser.add_argument(
        '--world',
        nargs='+',
        default=[],
        metavar='NAME=VALUE',
        help='options of the worlds, see docs/toyvis.md',
    )
    parser.add_argument(
        '--page', help='page to put the tables into, such as docs/uvis.md'
    )


def read_pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Take `NAME=VALUE` texts apart.

    Args:
        option: That has them, for the message.

    Raises:
        UserError: If one has no `=`.
    """
    for text in texts:
        if '=' not in text:
            raise UserError(f'{option} {text}; expected NAME=VALUE')
    return dict(text.split('=', 1) for text in texts)
