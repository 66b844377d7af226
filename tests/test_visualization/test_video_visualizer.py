"""Pictures of tracks: colours, labels, legend, sizes."""

import random

import numpy as np
import pytest

from mmselfshot.structures import encode_mask
from mmselfshot.visualization.draw import (
    contact_sheet,
    draw_labels,
    draw_legend,
    draw_masks,
    enlarge,
    enlargement,
    side_by_side,
)
from mmselfshot.visualization.tracks import Track
from mmselfshot.visualization.video_visualizer import (
    LABELLED,
    VideoVisualizer,
)


def rectangle(size, top, bottom, left, right):
    mask = np.zeros(size, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def test_masks_are_tinted_inside_and_left_alone_outside():
    image = np.full((400, 400, 3), 100, dtype=np.uint8)
    mask = rectangle((400, 400), 100, 300, 100, 300)
    picture = draw_masks(image, [mask], [(0, 200, 0)], alpha=0.5)
    assert picture[200, 200].tolist() == [50, 150, 50]
    assert picture[100, 200].tolist() == [0, 200, 0]  # the outline
    assert (picture[:90] == 100).all()
    assert (image == 100).all()


def test_outline_of_a_hole_is_drawn():
    mask = rectangle((400, 400), 100, 300, 100, 300)
    mask[150:250, 150:250] = False
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    picture = draw_masks(image, [mask], [(0, 200, 0)])
    assert not picture[200, 200].any()
    near_hole = picture[145:155, 200]
    assert (near_hole == (0, 200, 0)).all(-1).any()


def test_labels_stay_in_the_picture_and_apart():
    size = 240, 320
    image = np.zeros((*size, 3), dtype=np.uint8)
    places = [(0, 20, 300, 320), (5, 25, 295, 315), (230, 240, 0, 5)]
    masks = [rectangle(size, *place) for place in places]
    colors = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    picture = draw_labels(image, masks, ['1 cat', '2 dog', '3 cow'], colors)
    boxes = []
    for color in colors:
        rows, columns = np.nonzero((picture == color).all(-1))
        boxes.append((rows.min(), rows.max(), columns.min(), columns.max()))
    for top, bottom, left, right in boxes:
        assert bottom - top >= 12
        assert right - left >= 20
        assert top >= 0 and bottom < size[0] and right < size[1]
    assert boxes[1][0] > boxes[0][1] or boxes[1][1] < boxes[0][0]


def test_label_has_letters_that_can_be_told_from_its_box():
    size = 120, 200
    image = np.zeros((*size, 3), dtype=np.uint8)
    mask = rectangle(size, 60, 80, 60, 90)
    for color, letters in [((250, 250, 0), 0), ((90, 0, 0), 255)]:
        picture = draw_labels(image, [mask], ['1 cat'], [color])
        inside = picture[43:57, 62:80].reshape(-1, 3)
        gap = np.abs(inside.astype(int) - letters).sum(1)
        assert gap.min() < 120


def test_legend_breaks_lines_and_counts_what_is_hidden():
    entries = [(f'{n} elephant 0.99', (200, 0, 0)) for n in range(40)]
    whole = draw_legend(320, 'prediction', entries[:2], 14)
    assert whole.shape == (22, 320, 3)
    assert len(draw_legend(320, '', entries[:5], 14)) > 22
    assert draw_legend(320, '', entries, 14).shape == (88, 320, 3)
    assert draw_legend(320, '', [], 14).shape == (22, 320, 3)


@pytest.mark.parametrize(
    'size, factor',
    [((96, 160), 4), ((160, 96), 4), ((320, 480), 1), ((1080, 1920), 1)]
    + [((319, 500), 2), ((1, 1), 16)],
)
def test_small_frames_are_enlarged_by_whole_factors(size, factor):
    assert enlargement(*size) == factor
    image = np.arange(size[0] * size[1], dtype=np.uint8).reshape(size)
    grown = enlarge(image, factor)
    assert grown.shape == (size[0] * factor, size[1] * factor)
    assert (grown[::factor, ::factor] == image).all()


def test_all_pictures_of_a_video_have_one_size_and_steady_colours():
    size = 96, 160
    masks = [rectangle(size, 10, 60, 20 + 5 * t, 80 + 5 * t) for t in range(3)]
    track = Track(
        6, 'ring', [encode_mask(mask) for mask in masks] + [None], 0.9
    )
    visualizer = VideoVisualizer([track], size, 'prediction')
    image = np.full((*size, 3), 50, dtype=np.uint8)
    pictures = [visualizer.draw(image, index) for index in range(4)]
    assert len({picture.shape for picture in pictures}) == 1
    assert pictures[0].shape[:2] == (96 * 4 + 24, 640)
    inner = [pictures[t][160, (50 + 5 * t) * 4].tolist() for t in range(3)]
    assert inner[0] == inner[1] == inner[2] != [50, 50, 50]
    assert (pictures[3][: 96 * 4] == 50).all()
    assert (pictures[0][96 * 4 :] == pictures[3][96 * 4 :]).all()


def test_labelled_frames_have_a_border():
    visualizer = VideoVisualizer([], (400, 400))
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    picture = visualizer.draw(image, 0, is_labelled=True)
    for y, x in [(0, 0), (399, 200), (200, 399), (200, 0)]:
        assert tuple(picture[y, x]) == LABELLED
    assert not visualizer.draw(image, 0)[:400].any()


def test_drawing_touches_no_random_state():
    before = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    size = 96, 160
    mask = encode_mask(rectangle(size, 10, 60, 20, 80))
    track = Track(1, 'ring', [mask], 0.9)
    image = np.zeros((*size, 3), dtype=np.uint8)
    VideoVisualizer([track], size).draw(image, 0)
    assert random.getstate() == before[0]
    state = np.random.get_state()[1]  # noqa: NPY002
    assert (state == before[1]).all()


def test_pictures_are_put_in_rows():
    one = np.full((10, 20, 3), 1, dtype=np.uint8)
    two = np.full((14, 30, 3), 2, dtype=np.uint8)
    row = side_by_side([one, two], gap=4)
    assert row.shape == (14, 54, 3)
    assert (row[:10, :20] == 1).all()
    assert (row[:, 24:] == 2).all()
    sheet = contact_sheet([one, two, one], columns=2, gap=4)
    assert sheet.shape == (14 * 2 + 4, 30 * 2 + 4, 3)
    assert (sheet[18:28, :20] == 1).all()
