"""Changes that are drawn once and held over the frames."""

import pytest
import torch

from mmselfshot.datasets.transforms import ClipAugmentation
from mmselfshot.utils import UserError

STILL = dict(flip_prob=0, jitter_prob=0, grey_prob=0, blur_prob=0)
WHOLE = dict(crop_scale=(1, 1), crop_ratio=(1, 1))


def change(clip, **options):
    transform = ClipAugmentation(size=(16, 24), **options)
    return transform(dict(clip=clip))['clip']


def picture(num_frames=1):
    frame = torch.randint(0, 256, (1, 3, 16, 24), dtype=torch.uint8)
    return frame.expand(num_frames, -1, -1, -1).clone()


def test_frames_of_one_still_stay_alike():
    clip = picture(4)
    seen = set()
    for seed in range(20):
        torch.manual_seed(seed)
        found = change(clip)
        assert found.shape == (4, 3, 16, 24) and found.dtype == torch.uint8
        assert (found == found[:1]).all()
        seen.add(tuple(found[0].flatten().tolist()))
    assert len(seen) == 20


def test_nothing_is_drawn_where_all_chances_are_none():
    clip = picture(2)
    assert torch.equal(change(clip, **STILL, **WHOLE), clip)


def test_flip_mirrors():
    clip = picture(2)
    options = dict(STILL, **WHOLE, flip_prob=1)
    assert torch.equal(change(clip, **options), clip.flip(3))


def test_grey_has_no_colour():
    found = change(picture(2), **dict(STILL, **WHOLE, grey_prob=1))
    assert (found == found[:, :1]).all()


def test_blur_smooths_and_keeps_the_mean():
    clip = picture(2)
    options = dict(STILL, **WHOLE, blur_prob=1, blur_sigma=(2.0, 2.0))
    found = change(clip, **options).float()
    assert found.std() < 0.5 * clip.float().std()
    assert found.mean().item() == pytest.approx(clip.float().mean(), abs=3)


def test_brightness_alone_scales():
    clip = torch.full((2, 3, 16, 24), 100, dtype=torch.uint8)
    options = dict(STILL, **WHOLE, jitter_prob=1, jitter=(0.5, 0, 0, 0))
    for seed in range(5):
        torch.manual_seed(seed)
        found = change(clip, **options)
        assert (found == found[0, 0, 0, 0]).all()
        assert 50 <= found[0, 0, 0, 0] <= 150


def test_crop_is_a_part_of_the_frame():
    """On a ramp of columns, the values of a crop rise less."""
    ramp = torch.arange(0, 240, 10, dtype=torch.uint8)
    clip = ramp.expand(2, 3, 16, 24).clone()
    options = dict(STILL, crop_scale=(0.25, 0.25), crop_ratio=(1, 1))
    found = change(clip, **options).int()
    width = found[0, 0, 0, -1] - found[0, 0, 0, 0]
    assert 100 <= width <= 120  # half of the columns


@pytest.mark.parametrize(
    'options',
    [dict(flip_prob=2), dict(blur_sigma=(0, 1)), dict(jitter=(-1, 0, 0, 0))],
)
def test_values_outside_of_their_range_are_refused(options):
    with pytest.raises(UserError, match=r'ClipAugmentation: .*correct'):
        ClipAugmentation(size=(16, 24), **options)
