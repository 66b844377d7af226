"""Random views of a batch of pictures."""

import pytest
import torch

from mmselfshot.models.backbones import StillJitter

OFF = dict(
    zoom=(1.0, 1.0),
    stretch=0.0,
    turn=0.0,
    hide_prob=0.0,
    cut_prob=0.0,
    blur_prob=0.0,
    light=0.0,
    noise=0.0,
    mean=[100.0] * 3,
    std=[50.0] * 3,
)


def batch(number=32, side=16):
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (number, 3, side, side))
    return dict(inputs=list(pixels.to(torch.uint8)), data_samples=None)


def test_without_training_pictures_are_only_normalised():
    data = batch()
    found = StillJitter(mean=[100.0] * 3, std=[50.0] * 3)(data)['inputs']
    expected = (torch.stack(data['inputs']).float() - 100) / 50
    torch.testing.assert_close(found, expected)


def test_with_all_off_pictures_are_mirrored_or_not():
    jitter, data = StillJitter(**OFF), batch()
    plain = jitter(data)['inputs']
    found = jitter(data, training=True)['inputs']
    is_same = [torch.allclose(a, b, atol=1e-4) for a, b in zip(found, plain)]
    is_mirrored = [
        torch.allclose(a, b.flip(2), atol=1e-4) for a, b in zip(found, plain)
    ]
    assert all(a != b for a, b in zip(is_same, is_mirrored))
    assert 5 < sum(is_same) < 27


@pytest.mark.parametrize('zoom', [0.5, 2.0])
def test_zoom_scales_a_centred_square(zoom):
    """A square of 8 pixels in 32 becomes one of 16, or of 4."""
    jitter = StillJitter(**{**OFF, 'zoom': (zoom, zoom)})
    pixels = torch.zeros(64, 3, 32, 32)
    pixels[:, :, 12:20, 12:20] = 1.0
    areas = jitter.jitter(pixels)[:, 0].sum((1, 2))
    # a window of half the side may cut the square, never enlarge it more
    assert areas.max() == pytest.approx((8 / zoom) ** 2, rel=0.2)
    if zoom == 2.0:
        assert areas.min() == pytest.approx(16, rel=0.2)


def test_outside_is_the_mean_colour():
    jitter = StillJitter(**{**OFF, 'zoom': (2.0, 2.0)})
    found = jitter.jitter(torch.ones(8, 3, 32, 32))
    assert (found[:, :, :7] == 0).all() and (found[:, :, :, 25:] == 0).all()
    assert (found[:, :, 10:22, 10:22] > 0.99).all()


def test_piece_of_the_next_picture_lies_on_top():
    jitter = StillJitter(**{**OFF, 'hide_prob': 1.0})
    pixels = torch.arange(16.0).view(16, 1, 1, 1).expand(16, 3, 20, 20)
    found = jitter.jitter(pixels.contiguous())
    for index, picture in enumerate(found):
        values = picture.round().unique().tolist()
        assert values == sorted({float(index), float((index - 1) % 16)})
        share = (picture.round() != index).float().mean()
        assert 0.02 < share < 0.3  # sides of 0.2 to 0.5 in whole pixels


def test_other_picture_lies_over_one_side():
    """Beyond a line at 0.1 to 1 of half a side: nothing up to about 0.45."""
    jitter = StillJitter(**{**OFF, 'cut_prob': 1.0})
    pixels = torch.arange(64.0).view(64, 1, 1, 1).expand(64, 3, 20, 20)
    found = jitter.jitter(pixels.contiguous()).round()
    shares = (found != pixels).float().mean((1, 2, 3))
    assert shares.max() < 0.46 and shares.mean() > 0.1
    for index, picture in enumerate(found):
        other = {float(index), float((index - 2) % 64)}
        assert set(picture.unique().tolist()) <= other
        assert picture[0, 9:11, 9:11].eq(index).all()  # never the middle


def test_same_state_of_the_generator_same_view():
    jitter, data = StillJitter(mean=[100.0] * 3, std=[50.0] * 3), batch()
    found = []
    for _ in range(2):
        torch.manual_seed(5)
        found.append(jitter(data, training=True)['inputs'])
    assert torch.equal(*found)
    assert found[0].isfinite().all()
