"""The 256 colours of PASCAL VOC and palette pictures that use them.

A track keeps one number, hence one colour, in films and palette PNGs alike.
Source: the colour map of the PASCAL VOC development kit, as DAVIS uses it.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from mmselfshot.utils import UserError, write_atomically

MAX_TRACKS = 255  # what fits beside the background in one byte


@lru_cache(maxsize=1)
def pascal_palette() -> np.ndarray:
    """(256, 3) uint8 RGB, read-only; colour 0 is black, the background.

    Bit 3j + c of the number becomes bit 7 - j of channel c.
    """
    numbers = np.arange(256)[:, None]
    channels = np.arange(3)[None]
    palette = np.zeros((256, 3), dtype=np.uint8)
    for j in range(8):
        bits = (numbers >> (3 * j + channels)) & 1
        palette |= (bits << (7 - j)).astype(np.uint8)
    palette.flags.writeable = False
    return palette


def write_palette_png(path: str | Path, numbers: np.ndarray) -> None:
    """Write a picture whose pixel values are track numbers.

    Args:
        path: Where to write, ending in .png.
        numbers: (H, W) uint8, 0 = background.

    Raises:
        UserError: If the disk is full or the place cannot be written.
    """
    from PIL import Image

    assert numbers.dtype == np.uint8, numbers.dtype
    picture = Image.fromarray(np.ascontiguousarray(numbers))
    picture.putpalette(pascal_palette().tobytes())
    with write_atomically(path) as beside:
        picture.save(beside)


def read_palette_png(path: str | Path) -> np.ndarray:
    """Read track numbers back, (H, W) uint8.

    Raises:
        UserError: If the file is missing, cut off, or no palette picture.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            if picture.mode not in ('P', 'L'):
                raise UserError(
                    f'{path} has mode {picture.mode}; expected a palette '
                    'picture whose pixels are numbers'
                )
            return np.array(picture, dtype=np.uint8)
    except FileNotFoundError:
        raise UserError(f'no picture {path}; check the path') from None
    except (OSError, SyntaxError) as error:
        raise UserError(
            f'{path} cannot be read ({error}); copy or make it again'
        ) from None
