"""The PASCAL palette and pictures whose values are track numbers."""

import numpy as np
import pytest
from PIL import Image

from mmselfshot.utils import UserError
from mmselfshot.visualization.palette import (
    pascal_palette,
    read_palette_png,
    write_palette_png,
)


def test_palette_has_the_published_colours():
    """From the list of the 21 PASCAL classes and the white of 'void'."""
    palette = pascal_palette()
    known = {
        0: (0, 0, 0),
        1: (128, 0, 0),
        2: (0, 128, 0),
        3: (128, 128, 0),
        4: (0, 0, 128),
        7: (128, 128, 128),
        8: (64, 0, 0),
        15: (192, 128, 128),
        20: (0, 64, 128),
        255: (224, 224, 192),
    }
    for number, color in known.items():
        assert tuple(palette[number]) == color
    assert len({tuple(color) for color in palette.tolist()}) == 256


@pytest.mark.parametrize('top', [0, 1, 3, 15, 255])
def test_numbers_read_back_equal(tmp_path, top):
    numbers = np.random.default_rng(top).integers(0, top + 1, (13, 7))
    numbers = numbers.astype(np.uint8)
    path = tmp_path / 'a.png'
    write_palette_png(path, numbers)
    assert (read_palette_png(path) == numbers).all()
    with Image.open(path) as picture:
        assert picture.mode == 'P'
        shown = np.array(picture.convert('RGB'))
    assert (shown == pascal_palette()[numbers]).all()


def test_other_pictures_are_refused(tmp_path):
    Image.new('RGB', (2, 2)).save(tmp_path / 'rgb.png')
    with pytest.raises(UserError, match='mode RGB'):
        read_palette_png(tmp_path / 'rgb.png')
    with pytest.raises(UserError, match='no picture'):
        read_palette_png(tmp_path / 'missing.png')
    (tmp_path / 'text.png').write_text('text')
    with pytest.raises(UserError, match='cannot be read'):
        read_palette_png(tmp_path / 'text.png')
