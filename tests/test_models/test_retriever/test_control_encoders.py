"""What a clip is without its content."""

import pytest
import torch

from mmselfshot.models.data_preprocessors.frame_norm import normalise_frames
from mmselfshot.models.retriever import MeanColourEncoder, ThumbnailEncoder

RGB = dict(mean=(100.0, 100.0, 100.0), std=(50.0, 50.0, 50.0))


def test_mean_colour_by_hand():
    """Red is 200 in one of two frames, so 150 in the mean; one std away."""
    clips = torch.full((1, 2, 3, 4, 6), 100.0)
    clips[0, 1, 0] = 200.0
    encoder = MeanColourEncoder((4, 6), num_frames=2, **RGB)
    assert encoder(clips)[0].tolist() == pytest.approx([1.0, 0.0, 0.0, 1.0])
    assert encoder.num_channels == 4


def test_mean_colour_does_not_see_where():
    clips = torch.rand(2, 2, 3, 4, 6) * 255
    encoder = MeanColourEncoder((4, 6), num_frames=2)
    shuffled = clips.flatten(3)[..., torch.randperm(24)].view_as(clips)
    torch.testing.assert_close(encoder(clips), encoder(shuffled.flip(1)))


def test_thumbnail_by_hand():
    """Two cells: the left half of the mean frame is at 150, one std."""
    clips = torch.full((1, 2, 3, 4, 8), 100.0)
    clips[0, 1, :, :, :4] = 200.0
    encoder = ThumbnailEncoder((4, 8), num_frames=2, side=2, **RGB)
    expected = [1.0, 0.0, 1.0, 0.0] * 3 + [1.0]
    assert encoder(clips)[0].tolist() == pytest.approx(expected)
    assert encoder.num_channels == len(expected)


def test_thumbnail_has_16_pixels_a_side_by_default():
    encoder = ThumbnailEncoder((32, 48), num_frames=1)
    assert encoder(torch.rand(2, 1, 3, 32, 48)).shape == (2, 769)


def test_frame_norm_by_hand():
    """Two halves at 100 +- 50 become -1 and 1; an even frame becomes 0."""
    clips = torch.full((1, 2, 3, 4, 8), 150.0)
    clips[0, 0, ..., :4] = 50.0
    found = normalise_frames(clips)
    assert found[0, 0, 0, 0].tolist() == pytest.approx([-1.0] * 4 + [1.0] * 4)
    assert not found[0, 1].any()


def test_frame_norm_takes_away_hue_light_and_contrast():
    clips = torch.rand(2, 2, 3, 4, 6) * 100 + 20
    gain = torch.tensor([0.5, 1.5, 1.0])[:, None, None]
    encoder = ThumbnailEncoder((4, 6), num_frames=2, has_frame_norm=True)
    torch.testing.assert_close(encoder(clips), encoder(clips * gain + 9))
