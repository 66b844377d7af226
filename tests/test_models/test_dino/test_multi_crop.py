"""Views of pictures, and the way from one to another."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmselfshot.models.dino.multi_crop import MultiCrop, View, turn_hue


def gradient(side=64):
    """Red tells x, green tells y, both in 0 to 255."""
    ramp = (torch.arange(side) + 0.5) / side * 255
    picture = torch.zeros(1, 3, side, side)
    picture[:, 0], picture[:, 1] = ramp, ramp[:, None]
    return picture


@pytest.mark.parametrize('flip_prob', [0.0, 1.0])
def test_places_of_a_view_show_what_stands_there(flip_prob):
    torch.manual_seed(3)
    view = MultiCrop(32, (0.3, 0.6), flip_prob=flip_prob)(gradient())
    places = view.places(32, 32)  # (x, y) of each pixel in -1 to 1
    expected = (places + 1) / 2 * 255
    torch.testing.assert_close(
        view.pixels[0, :2].permute(1, 2, 0), expected[0], atol=0.5, rtol=0
    )
    assert places.abs().max() <= 1
    is_mirrored = places[0, 0, 0, 0] > places[0, 0, -1, 0]
    assert is_mirrored == bool(flip_prob)


def test_places_by_hand():
    """A crop about (0.5, 0) of half sides 0.25 and 0.5, as 2 x 1 cells."""
    view = View(
        torch.zeros(1, 3, 8, 8),
        centre=torch.tensor([[0.5, 0.0]]),
        reach=torch.tensor([[0.25, 0.5]]),
    )
    places = view.places(2, 1)
    torch.testing.assert_close(
        places, torch.tensor([[[[0.5, -0.25]], [[0.5, 0.25]]]])
    )
    torch.testing.assert_close(
        view.local(places), torch.tensor([[[[0.0, -0.5]], [[0.0, 0.5]]]])
    )


def test_local_leads_back_to_the_pixel():
    torch.manual_seed(0)
    view = MultiCrop(16, (0.3, 0.9))(gradient())
    back = F.grid_sample(
        view.pixels, view.local(view.places(16, 16)), align_corners=False
    )
    torch.testing.assert_close(back, view.pixels, atol=1e-2, rtol=0)


def test_hue_turns_red_to_green_to_blue():
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    third = torch.tensor([2 * math.pi / 3])
    green = turn_hue(red, third)
    torch.testing.assert_close(green.flatten(), torch.tensor([0.0, 1, 0]))
    blue = turn_hue(green, third)
    torch.testing.assert_close(blue.flatten(), torch.tensor([0.0, 0, 1]))
    grey = torch.full((1, 3, 1, 1), 0.4)
    torch.testing.assert_close(turn_hue(grey, third), grey)


def test_grey_views_have_no_colour():
    view = MultiCrop(8, (1.0, 1.0), grey_prob=1.0)(gradient())
    torch.testing.assert_close(view.pixels[:, 0], view.pixels[:, 2])


def test_disturbed_views_stay_in_range():
    crop = MultiCrop(8, (0.5, 1.0), 0.5, (0.9, 0.9, 0.9), 0.5, 0.2, 0.5, 80.0)
    pixels = crop(gradient().expand(16, -1, -1, -1)).pixels
    assert pixels.min() >= 0 and pixels.max() <= 255
