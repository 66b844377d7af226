"""From the segments of a clip to its vector."""

import numpy as np
import pytest
import torch

from mmselfshot.models.retriever import (
    ClipEncoder,
    embed_segments,
    fit_frames,
    mean_direction,
)


class FirstPixel(ClipEncoder):
    """Says the first pixel of the first frame."""

    def __init__(self, size=(4, 4)):
        rgb = dict(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        super().__init__(3, size, 2, **rgb)

    def describe(self, clips):
        assert not self.training
        return clips[:, 0, :, 0, 0]


def test_segments_count_alike_whatever_their_length():
    """(3, 4, 0) / 5 and (0, 0, 200) / 200: mean (.3, .4, .5), over .5^.5."""
    segments = np.zeros((2, 2, 4, 4, 3), dtype=np.uint8)
    segments[0, 0, 0, 0] = 3, 4, 0
    segments[1, 0, 0, 0] = 0, 0, 200
    found = embed_segments(FirstPixel(), segments)
    expected = torch.tensor([0.3, 0.4, 0.5]) / 0.5**0.5
    torch.testing.assert_close(found, expected)
    assert found.dtype == torch.float32 and not found.requires_grad


def test_clip_that_an_encoder_does_not_see_is_zero():
    found = embed_segments(FirstPixel(), np.zeros((1, 2, 4, 4, 3), np.uint8))
    assert found.tolist() == [0.0, 0.0, 0.0]


def test_wrong_number_of_frames_is_refused():
    with pytest.raises(ValueError, match='expects'):
        embed_segments(FirstPixel(), np.zeros((1, 3, 4, 4, 3), np.uint8))


def test_frames_are_shrunk_to_cover_and_cut_in_the_middle():
    """8 x 20 to 4 x 4: 4 x 10, of which columns 3 to 6, 6 to 13 before."""
    frames = torch.zeros(2, 3, 8, 20, dtype=torch.uint8)
    frames[..., 4:16] = 200  # the filter reaches a column beyond
    found = fit_frames(frames, (4, 4))
    assert found.shape == (2, 3, 4, 4) and found.dtype == torch.uint8
    assert (found == 200).all()


@pytest.mark.parametrize('shape', [(3, 50), (50, 3), (7, 7), (16, 24)])
def test_any_shape_of_frames_fits(shape):
    frames = torch.full((1, 3, *shape), 77, dtype=torch.uint8)
    found = fit_frames(frames, (16, 24))
    assert found.shape == (1, 3, 16, 24) and (found == 77).all()


def test_mean_direction_of_a_batch():
    vectors = torch.tensor([[[2.0, 0.0], [0.0, 9.0]], [[1.0, 0.0]] * 2])
    expected = torch.tensor([[0.5**0.5, 0.5**0.5], [1.0, 0.0]])
    torch.testing.assert_close(mean_direction(vectors), expected)
