"""Names of the videos of a call."""

import pytest

from mmselfshot.apis.prediction_place import name_apart
from mmselfshot.utils.video_io import VideoFile


@pytest.mark.parametrize(
    ('names', 'wanted'),
    [
        ('', ''),
        ('a b', 'a b'),
        ('a a b a', 'a a-2 b a-3'),
        ('a a-2 a', 'a a-2 a-3'),
        ('a a a-2', 'a a-3 a-2'),
        ('a-2 a a-2 a', 'a-2 a a-2-2 a-3'),
    ],
)
def test_no_name_comes_twice_and_single_ones_stay(names, wanted):
    sources = [VideoFile(f'{name}.mp4') for name in names.split()]
    name_apart(sources)
    assert [one.name for one in sources] == wanted.split()
