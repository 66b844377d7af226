"""Options that several tools have, the same in each."""

import argparse

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
