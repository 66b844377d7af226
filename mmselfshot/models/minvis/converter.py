"""The work of `tools/model_converters/minvis.py`."""

import argparse
from pathlib import Path

from mmselfshot.models.minvis.official_file import load_official
from mmselfshot.models.minvis.official_keys import (
    CLASS_HEAD,
    NUM_COCO_CLASSES,
    convert_official,
    num_classes_of,
    without_class_head,
)
from mmselfshot.utils.checkpoint import save_converted

_EXAMPLE = """example:
  python tools/model_converters/minvis.py model_final_3c8ec9.pkl \\
      data/pretrained/mask2former_r50_coco.pth
"""


def convert_file(
    source: str | Path, target: str | Path, drop_class_head: bool | None = None
) -> tuple[int, int | None]:
    """Convert a published checkpoint file into one of mmengine.

    Args:
        source: Official Mask2Former (COCO instances) or MinVIS checkpoint.
        target: File to write.
        drop_class_head: Whether to leave the class layer out. None leaves
            out that of COCO's 80 classes, as the published training does.

    Returns:
        The number of weights written, and of the classes whose layer was
        dropped (None if it was kept).

    Raises:
        UserError: See `load_official` and `convert_official`.
    """
    weights = convert_official(load_official(source))
    dropped = None
    if CLASS_HEAD[0] in weights:
        num_classes = num_classes_of(weights)
        if drop_class_head is None:
            drop_class_head = num_classes == NUM_COCO_CLASSES
        if drop_class_head:
            weights = without_class_head(weights)
            dropped = num_classes
    save_converted(weights, source, target)
    return len(weights), dropped


def main(args: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(
        description='Convert an official Mask2Former or MinVIS checkpoint.',
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', help='official file, .pkl or .pth')
    parser.add_argument('target', help='file to write, .pth')
    head = parser.add_mutually_exclusive_group()
    head.add_argument(
        '--drop-class-head',
        dest='drop',
        action='store_true',
        default=None,
        help='leave the class layer out (done unasked for 80 classes, COCO)',
    )
    head.add_argument(
        '--keep-class-head',
        dest='drop',
        action='store_false',
        help='keep the class layer, also of 80 classes',
    )
    options = parser.parse_args(args)
    count, dropped = convert_file(options.source, options.target, options.drop)
    print(f'read {options.source}')
    if dropped is not None:
        print(f'left out the class layer of {dropped} classes')
    print(f'wrote {count} weights to {options.target}')
