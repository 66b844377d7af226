"""What the hand-made features tell apart."""

import numpy as np
import pytest
import torch

from mmselfshot.labelling.hand_made_features import (
    HandMadeFeatures,
    measure_looks,
    without_camera,
)
from mmselfshot.labelling.mask_cut import MaskCut


def textured(size=(96, 128), seed=0):
    """Smooth noise that a flow can follow, (H, W, 3) uint8."""
    import cv2

    rng = np.random.default_rng(seed)
    image = cv2.GaussianBlur(rng.normal(0, 1, (*size, 3)), (0, 0), 2)
    image = 128 + 45 * image / image.std()
    return image.clip(0, 255).astype(np.uint8)


def moving_square(num_frames=3, pan=2, own=3):
    """A textured square over a panning background of the same look."""
    large, square = textured((96, 180)), textured((32, 32), 1)
    frames, masks = [], []
    for t in range(num_frames):
        frame = large[:, pan * t : pan * t + 128].copy()
        x = 40 + own * t
        frame[32:64, x : x + 32] = square
        mask = np.zeros((96, 128), bool)
        mask[32:64, x : x + 32] = True
        frames.append(frame)
        masks.append(mask)
    return frames, masks


def cosine(features, one, other):
    vectors = [features[(slice(None), *place)] for place in (one, other)]
    return torch.nn.functional.cosine_similarity(*vectors, dim=0).item()


@pytest.mark.parametrize(
    ('size', 'grid'),
    [((60, 90), (30, 45)), ((90, 60), (45, 30)), ((20, 25), (20, 25))],
)
def test_grids_keep_the_aspect(size, grid):
    features = HandMadeFeatures(num_waves=8).extract([textured(size)])
    assert features.shape == (1, 16, *grid)
    assert features.dtype == torch.float32


def test_cosine_is_a_gaussian_of_the_distance():
    """Position alone: patches that lie half of the long side apart."""
    build = HandMadeFeatures(
        num_rows=10,
        colour_weight=0,
        texture_weight=0,
        motion_weight=0,
        position_weight=4,
        num_waves=4096,
    )
    features = build.extract([textured((40, 80))])[0]
    hand = np.exp(-((4 * 0.5) ** 2) / 2)
    assert cosine(features, (5, 2), (5, 12)) == pytest.approx(hand, abs=0.05)
    assert cosine(features, (5, 2), (5, 2)) == pytest.approx(1)


def test_colour_tells_halves_apart():
    frame = np.zeros((40, 40, 3), np.uint8)
    frame[:, 20:] = (200, 30, 30)
    build = HandMadeFeatures(
        num_rows=10, colour_weight=3, texture_weight=0, position_weight=0
    )
    features = build.extract([frame])[0]
    assert cosine(features, (3, 1), (8, 3)) == pytest.approx(1, abs=1e-3)
    assert cosine(features, (3, 1), (3, 8)) < 0.2


def test_looks_by_hand():
    """Grey stripes: no colour, spread in L alone, slopes along columns."""
    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:, ::2] = 255
    colour, texture = measure_looks(frame, (2, 2))
    assert colour[..., 0] == pytest.approx(np.full((2, 2), 50), abs=0.1)
    assert colour[..., 1:] == pytest.approx(np.zeros((2, 2, 2)), abs=0.1)
    assert texture[..., 0] == pytest.approx(np.full((2, 2), 50), abs=0.1)
    assert texture[..., 4] == pytest.approx(np.zeros((2, 2)), abs=1e-3)


def test_camera_is_taken_out_and_the_mover_stays():
    rows, columns = np.mgrid[:60, :80].astype(np.float32)
    flow = np.stack([3 + 0.05 * columns, -1 + 0.02 * rows], axis=2)
    flow[20:30, 30:40] += (5, 0)
    rest, noise = without_camera(flow)
    assert rest.shape == (30, 40, 2)
    assert rest[12, 17] == pytest.approx([5, 0], abs=0.1)
    assert rest[25, 5] == pytest.approx([0, 0], abs=0.1)
    assert noise < 0.1


def test_mover_of_the_same_look_is_found_under_a_moving_camera():
    frames, masks = moving_square()
    features = HandMadeFeatures(num_rows=24, colour_weight=0, texture_weight=0)
    proposer = MaskCut(features, crf=None, crf_size=None)
    for found, mask in zip(proposer.propose(frames), masks):
        ious = [(mask & one).sum() / (mask | one).sum() for one in found.masks]
        assert max(ious, default=0) > 0.6


def test_no_frames_give_no_features():
    assert len(HandMadeFeatures(num_waves=8).extract([])) == 0


def test_same_frames_give_the_same_features():
    frames, _ = moving_square(2)
    one, other = (HandMadeFeatures().extract(frames) for _ in range(2))
    assert torch.equal(one, other)
