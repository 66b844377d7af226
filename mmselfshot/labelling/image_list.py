"""A folder of pictures as a label file without labels.

Every picture becomes a video of one frame, so that pictures of any sizes can
be labelled and trained on like videos.
"""

import argparse
from pathlib import Path

from PIL import Image, ImageOps

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.utils import UserError

_SUFFIXES = ('.jpg', '.jpeg', '.png')
_EXAMPLE = """example:
  python tools/dataset_tools/list_images.py data/imagenet/train \\
      data/imagenet/images.json
"""


def list_images(folder: str | Path) -> tuple[LabelFile, dict[str, str]]:
    """List the pictures of a folder and of the folders in it.

    Args:
        folder: Its pictures, jpg or png, are named relative to it.

    Returns:
        Videos of one frame with ids from 1, in the order of their names, no
        annotation, one category `object`; and, by name, why a picture was
        left out.

    Raises:
        UserError: If there is no picture that can be read.
    """
    folder = Path(folder)
    paths = sorted(
        path
        for path in folder.rglob('*')
        if path.suffix.lower() in _SUFFIXES and path.is_file()
    )
    videos, failed = [], {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            with Image.open(path) as image:
                width, height = ImageOps.exif_transpose(image).size
        except (OSError, SyntaxError, ValueError) as error:
            failed[name] = str(error)
            continue
        videos.append(
            dict(
                id=len(videos) + 1,
                width=width,
                height=height,
                length=1,
                file_names=[name],
            )
        )
    if not videos:
        raise UserError(
            f'no picture in {folder} that can be read; expected .jpg or .png '
            'files in it or in its folders'
        )
    return LabelFile([dict(id=1, name='object')], videos), failed


def main(args: list[str] | None = None) -> int:
    """Run `tools/dataset_tools/list_images.py`."""
    parser = argparse.ArgumentParser(
        description='List pictures as videos of one frame, to be labelled.',
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('folder', help='pictures, also in its folders')
    parser.add_argument('out', help='file to write, .json')
    options = parser.parse_args(args)
    labels, failed = list_images(options.folder)
    labels.save(options.out)
    for name, reason in failed.items():
        print(f'left out {name}: {reason}')
    print(f'{options.out}: {len(labels.videos)} pictures')
    return 1 if failed else 0
