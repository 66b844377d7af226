"""Reading and checking the masks of a video."""

import numpy as np
import pytest
from vis_cases import HEIGHT, WIDTH, box

from mmselfshot.structures.mask_tracks import Tracks
from mmselfshot.utils import UserError


def _read(masks, num_frames=None, frames=None):
    return Tracks(
        [masks],
        HEIGHT,
        WIDTH,
        ['prediction 0 of video 5'],
        len(masks) if num_frames is None else num_frames,
        frames,
    )


def test_areas_and_spans_by_hand():
    tracks = _read([box(2, 1, 3, 4), None, box(0, 0, 1, 1)])
    assert tracks.areas.tolist() == [[12, 0, 1]]
    first, last = 2 * HEIGHT + 1, 4 * HEIGHT + 4
    assert tracks.spans[0, 0].tolist() == [first, last + 1]
    assert tracks.rle(0, 1) is None


def test_every_form_of_a_mask_is_read():
    """Columns 2..4, rows 1..4 as compressed and plain runs and polygon."""
    runs = [2 * HEIGHT + 1, 4, 8, 4, 8, 4]
    runs.append(HEIGHT * WIDTH - sum(runs))
    forms = [
        box(2, 1, 3, 4),
        {'size': [HEIGHT, WIDTH], 'counts': runs},
        [[2, 1, 5, 1, 5, 5, 2, 5]],
    ]
    tracks = _read(forms)
    assert tracks.areas.tolist() == [[12, 12, 12]]
    counts = {tracks.rle(0, t)['counts'] for t in range(3)}
    assert len(counts) == 1


def test_only_the_frames_that_count():
    masks = [box(0, 0, n, 1) for n in (1, 2, 3)]
    assert _read(masks, frames=[2, 0]).areas.tolist() == [[3, 1]]
    assert _read(masks, frames=[]).areas.shape == (1, 0)


@pytest.mark.parametrize(
    ('mask', 'text'),
    [
        ({'size': [3, 3], 'counts': '09'}, 'has size'),
        ({'size': [HEIGHT, WIDTH], 'counts': '52'}, 'do not fill'),
        ({'size': [HEIGHT, WIDTH], 'counts': ''}, 'do not fill'),
        ({'size': [HEIGHT, WIDTH], 'counts': 'é'}, 'cannot be read'),
        ({'size': [HEIGHT, WIDTH], 'counts': None}, 'frame 1'),
        ({'counts': '09'}, 'cannot be read'),
        (7, 'cannot be read'),
    ],
)
def test_bad_mask_is_named(mask, text):
    with pytest.raises(UserError, match=text) as error:
        _read([None, mask])
    assert 'prediction 0 of video 5' in str(error.value)
    assert 'frame 1' in str(error.value)


@pytest.mark.parametrize('num_frames', [1, 3])
def test_other_number_of_masks_is_refused(num_frames):
    with pytest.raises(UserError, match=f'2 masks, its video {num_frames} fr'):
        _read([None, None], num_frames)


def test_segmentations_of_another_type_are_refused():
    with pytest.raises(UserError, match='NoneType'):
        Tracks([None], HEIGHT, WIDTH, ['prediction 0'], 2)


def test_no_tracks():
    tracks = Tracks([], HEIGHT, WIDTH, [], 4)
    assert len(tracks) == 0
    assert tracks.num_frames == 4
    assert np.array_equal(tracks.areas, np.zeros((0, 4)))
