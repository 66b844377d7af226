"""Tracks of the queries of a batch."""

from unittest.mock import patch

import pytest
import torch
from tiny_selfshot import FRAMES, ORI_SHAPE, build_tiny, draw_inputs, sample

from mmselfshot.models.selfshot.sequence_losses import FOREGROUND


def test_prediction_gives_tracks_of_the_real_frames():
    model = build_tiny()
    (found,) = model(
        draw_inputs(1), [sample(num_frames=2, labels=[3])], mode='predict'
    )
    tracks = found.pred_tracks
    assert len(tracks) == 4
    assert tracks.labels.tolist() == [3] * 4
    scores = tracks.scores.tolist()
    assert scores == sorted(scores, reverse=True)
    assert sorted(tracks.slots.tolist()) == [0, 1, 2, 3]
    for masks in tracks.segmentations:
        assert len(masks) == 2
        assert all(
            one is None or one['size'] == list(ORI_SHAPE) for one in masks
        )


def test_videos_of_a_batch_keep_size_and_label():
    shapes = [(40, 50), (20, 30)]
    found = build_tiny()(
        draw_inputs(1, num_videos=2),
        [
            sample(ori_shape=shape, labels=[label])
            for label, shape in enumerate(shapes)
        ],
        mode='predict',
    )
    for label, (one, shape) in enumerate(zip(found, shapes)):
        tracks = one.pred_tracks
        assert tracks.labels.tolist() == [label] * 4
        sizes = {tuple(m['size']) for ms in tracks.segmentations for m in ms}
        assert sizes == {shape}


@pytest.mark.parametrize('num_frames', [FRAMES, 5])
def test_videos_of_a_batch_may_have_unlike_numbers_of_supports(num_frames):
    model = build_tiny(support_cache=dict(max_bytes=10**6))
    inputs = draw_inputs(2, num_videos=3, num_frames=num_frames)
    clips = inputs['supports']
    inputs['supports'] = [clips[[0]], None, clips[[2]][:, :1]]
    found = model(inputs, [sample() for _ in range(3)], mode='predict')
    for video, one in enumerate(found):
        alone = dict(
            query=inputs['query'][[video]], supports=inputs['supports'][video]
        )
        (wanted,) = model(alone, [sample()], mode='predict')
        torch.testing.assert_close(
            one.pred_tracks.scores, wanted.pred_tracks.scores
        )
        is_same = (
            one.pred_tracks.segmentations == wanted.pred_tracks.segmentations
        )
        assert is_same
    if num_frames == FRAMES:
        losses = model(inputs, [sample() for _ in range(3)], mode='loss')
        assert all(torch.isfinite(value) for value in losses.values())


def test_repeated_frames_do_not_choose_slots():
    """Slots 0 and 2 are strong in the one real frame, the others later."""
    model = build_tiny(test_cfg=dict(score_thr=0.5))
    inputs = draw_inputs(1)
    outputs, decoded = model.decode(inputs)
    outputs.logits = torch.full((1, 1, FRAMES, 4, 2), 0.0)
    outputs.logits[..., 0, 0::2, FOREGROUND] = 5
    outputs.logits[..., 0, 1::2, FOREGROUND] = -5
    outputs.logits[..., 1:, 0::2, FOREGROUND] = -5
    outputs.logits[..., 1:, 1::2, FOREGROUND] = 5
    with patch.object(model, 'decode', return_value=(outputs, decoded)):
        (found,) = model.predict(inputs, [sample(num_frames=1)])
        (window,) = model._predict_window(inputs, [1])
    assert sorted(found.pred_tracks.slots.tolist()) == [0, 2]
    assert window.slots.tolist() == [0, 2]
    assert torch.equal(
        window.embeds, decoded.slots[0, :1, 0::2].transpose(0, 1)
    )


def test_videos_of_a_batch_get_their_own_tracks():
    model, inputs = build_tiny(), draw_inputs(1, num_videos=2)
    both = model(inputs, [sample(), sample()], mode='predict')
    alone = {name: value[1:] for name, value in inputs.items()}
    (wanted,) = model(alone, [sample()], mode='predict')
    found = both[1].pred_tracks
    torch.testing.assert_close(found.scores, wanted.pred_tracks.scores)
    assert found.slots.tolist() == wanted.pred_tracks.slots.tolist()


def test_weak_slots_are_not_segmented():
    model = build_tiny(test_cfg=dict(score_thr=2.0))
    (found,) = model(draw_inputs(1), [sample()], mode='predict')
    assert len(found.pred_tracks) == 0
    assert found.pred_tracks.segmentations == []


@pytest.mark.parametrize('num_frames', [FRAMES, 5])
def test_bfloat16_predicts_nearly_the_same(num_frames):
    inputs = draw_inputs(2, num_frames=num_frames)
    scores = []
    for kinds in ((), ('cpu',)):
        model = build_tiny(
            bfloat16_on=kinds, support_cache=dict(max_bytes=1e6)
        )
        (found,) = model.predict(inputs, [sample()])
        assert found.pred_tracks.scores.dtype == torch.float32
        scores.append(found.pred_tracks.scores.sort()[0])
    torch.testing.assert_close(*scores, rtol=0.1, atol=0.01)


def test_slots_above_the_threshold_keep_numbers_and_masks():
    inputs = draw_inputs(1)
    (one,) = build_tiny()(inputs, [sample()], mode='predict')
    whole = one.pred_tracks
    rules = dict(score_thr=whole.scores[1:3].mean().item())
    (one,) = build_tiny(test_cfg=rules)(inputs, [sample()], mode='predict')
    found = one.pred_tracks
    assert found.slots.tolist() == whole.slots[:2].tolist()
    torch.testing.assert_close(found.scores, whole.scores[:2])
    assert found.segmentations == whole.segmentations[:2]
