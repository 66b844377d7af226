"""Heat and outlines over frames."""

import numpy as np

from mmselfshot.visualization.heat import draw_heat, draw_outline

GREY = np.full((40, 60, 3), 128, np.uint8)


def test_hot_is_red_and_cold_is_blue():
    heat = np.array([[0.0, 2.0]])
    picture = draw_heat(GREY, heat, hottest=1.0)
    cold, hot = (picture[20, x].astype(int) for x in (2, 57))
    assert hot[0] > hot[2] + 40
    assert cold[2] > cold[0]
    assert picture.shape == GREY.shape and picture.dtype == np.uint8
    assert np.array_equal(draw_heat(GREY, heat, 1.0, alpha=0.0), GREY)


def test_outline_lies_at_the_edge_of_the_mask():
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    picture = draw_outline(GREY, mask, (255, 0, 0))
    changed = (picture != GREY).any(2)
    assert changed[10, 20:40].all() and changed[10:30, 20].all()
    assert not changed[15:25, 25:35].any() and not changed[:5].any()
