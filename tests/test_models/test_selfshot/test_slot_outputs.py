"""What is handed on of one video of a batch."""

import pytest
import torch
from tiny_selfshot import ORI_SHAPE, SIZE, build_tiny, draw_inputs, sample

from mmselfshot.models.minvis.streamed_tracks import resize_masks
from mmselfshot.structures.rle import decode_mask


def pixels(mask):
    if mask is None:
        return torch.zeros(ORI_SHAPE, dtype=torch.bool)
    return torch.from_numpy(decode_mask(mask, *ORI_SHAPE)).bool()


def test_tracks_of_a_batch_have_the_masks_of_their_own_videos():
    model, inputs = build_tiny(), draw_inputs(1, num_videos=2)
    with torch.no_grad():
        logits = model(inputs).masks
    for video, one in enumerate(
        model(inputs, [sample(), sample()], mode='predict')
    ):
        tracks = one.pred_tracks
        found = torch.stack(
            [
                torch.stack([pixels(mask) for mask in masks])
                for masks in tracks.segmentations
            ]
        )
        own, other = (
            torch.stack(
                [
                    resize_masks(logits[number, slot], SIZE, SIZE, ORI_SHAPE)
                    for slot in tracks.slots.tolist()
                ]
            )
            for number in (video, 1 - video)
        )
        assert (found == own).float().mean() > 0.999
        assert (found == other).float().mean() < 0.999


@pytest.mark.parametrize('place_gain', [None, 4.0])
def test_one_video_of_a_decoded_batch_has_the_masks_of_the_batch(place_gain):
    model = build_tiny(place_gain=place_gain)
    inputs = draw_inputs(2, num_videos=2)
    chosen = torch.tensor([[0, slot] for slot in range(4)])
    with torch.no_grad():
        wanted, (_, decoded) = model(inputs).masks, model.decode(inputs)
        for video in (0, 1):
            found = model.segmenter.predict(
                *decoded.of_video(video), chosen=chosen
            )
            torch.testing.assert_close(found, wanted[video], rtol=0, atol=1e-5)
        if place_gain:  # then the maps with places are those that count
            bare = decoded._replace(placed=None)
            found = model.segmenter.predict(*bare, chosen=chosen)
            assert (found - wanted[0]).abs().max() > 1e-4
