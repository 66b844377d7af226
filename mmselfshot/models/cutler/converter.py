"""The work of `tools/model_converters/cutler.py`."""

import argparse
from pathlib import Path

from mmselfshot.models.cutler.official_keys import convert_official
from mmselfshot.models.minvis.official_file import load_official
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import save_converted

_EXAMPLE = """example:
  python tools/model_converters/cutler.py cutler_cascade_final.pth \\
      data/pretrained/cutler_r50.pth
"""


def convert_file(source: str | Path, target: str | Path) -> int:
    """Convert the published CutLER checkpoint into one of mmengine.

    Args:
        source: The official Cascade Mask R-CNN, `.pth` or `.pkl`.
        target: File to write, for the `CutLERDetector` of `configs/uvis`.

    Returns:
        The number of weights written.

    Raises:
        UserError: If the file is missing, see `load_official`, or of another
            model, see `convert_official`.
    """
    source = Path(source).expanduser()
    if not source.is_file():
        raise UserError(
            f'no file {source}; get an official checkpoint first, the links '
            'are in configs/uvis/README.md'
        )
    try:
        weights = convert_official(load_official(source))
    except UserError as error:
        named = str(source) in str(error)
        raise UserError(
            str(error) if named else f'{source}: {error}'
        ) from None
    save_converted(weights, source, target)
    return len(weights)


def main(args: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(
        description='Convert the official CutLER checkpoint.',
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', help='official file, .pth or .pkl')
    parser.add_argument('target', help='file to write, .pth')
    options = parser.parse_args(args)
    count = convert_file(options.source, options.target)
    print(f'read {options.source}')
    print(f'wrote {count} weights to {options.target}')
