"""SelfShotVIS on queries longer and shorter than its slots."""

import numpy as np
import pytest
import torch
from tiny_selfshot import (
    FRAMES,
    ORI_SHAPE,
    SIZE,
    build_tiny,
    draw_inputs,
    sample,
)

from mmselfshot.models.minvis.streamed_tracks import resize_masks
from mmselfshot.models.selfshot import WindowedTracks
from mmselfshot.structures.rle import encode_masks
from mmselfshot.utils import UserError


def predict(model, inputs, **meta):
    (found,) = model(inputs, [sample(**meta)], mode='predict')
    return found.pred_tracks


def long_inputs(num_frames, num_supports=2):
    return draw_inputs(num_supports, num_frames=num_frames)


@pytest.mark.parametrize('num_frames', [FRAMES, FRAMES + 4, 3 * FRAMES])
def test_tracks_have_every_frame_of_the_query(num_frames):
    tracks = predict(build_tiny(), long_inputs(num_frames))
    assert len(tracks) >= 4
    for masks in tracks.segmentations:
        assert len(masks) == num_frames
    scores = tracks.scores.tolist()
    assert scores == sorted(scores, reverse=True)


def test_query_of_one_window_equals_the_slots_of_the_network():
    """By hand from the slots, and as a stream, bit for bit."""
    model, inputs = build_tiny(), long_inputs(FRAMES)
    with torch.no_grad():
        slots = model(inputs)
    wanted = {}
    for number in range(4):
        masks = resize_masks(slots.masks[0, number], SIZE, SIZE, ORI_SHAPE)
        wanted[number] = encode_masks(masks.numpy().view(np.uint8))
    probs = slots.logits[-1, 0].softmax(-1)[..., 0].mean(0)
    tracks = predict(model, inputs)
    assert sorted(tracks.slots.tolist()) == [0, 1, 2, 3]
    model.start_video(inputs['supports'])
    for frame in inputs['query'][0]:
        model.add_frames(frame[None], SIZE, ORI_SHAPE)
    streamed = model.finish_video()
    assert torch.equal(tracks.scores, streamed.scores)
    assert tracks.segmentations == streamed.segmentations
    for number, slot in enumerate(tracks.slots.tolist()):
        assert tracks.segmentations[number] == wanted[slot]
        score = tracks.scores[number].item()
        assert score == pytest.approx(probs[slot].item(), rel=1e-5)


def test_chunks_of_the_stream_change_nothing():
    model, inputs = build_tiny(), long_inputs(8)
    whole = predict(model, inputs)
    for chunk in (1, 3):
        model.start_video(inputs['supports'])
        for part in inputs['query'][0].split(chunk):
            model.add_frames(part, SIZE, ORI_SHAPE)
        found = model.finish_video()
        assert torch.equal(found.scores, whole.scores)
        assert found.segmentations == whole.segmentations


def test_still_query_joins_every_slot_over_its_windows():
    """All windows agree, so that each slot is one track of all frames."""
    model = build_tiny(test_cfg=dict(overlap=1))
    inputs = long_inputs(FRAMES)
    still = inputs['query'][:, :1].expand(-1, 3 * FRAMES, -1, -1, -1)
    tracks = predict(model, {**inputs, 'query': still})
    assert sorted(tracks.slots.tolist()) == [0, 1, 2, 3]
    assert len(tracks) == 4


def test_short_query_is_filled_up_as_in_the_data_set():
    """A query of 2 frames equals one whose third frame repeats the last."""
    model, inputs = build_tiny(), long_inputs(2)
    query = inputs['query']
    padded = {**inputs, 'query': torch.cat([query, query[:, 1:]], 1)}
    found = predict(model, inputs)
    wanted = predict(model, padded, num_frames=2)
    assert torch.equal(found.scores, wanted.scores)
    assert found.segmentations == wanted.segmentations
    bare = build_tiny(test_cfg=dict(has_repeated_frames=False))
    other = predict(bare, inputs)
    assert not torch.equal(other.scores, wanted.scores)


def test_supports_are_encoded_once_for_all_windows():
    model, inputs = build_tiny(), long_inputs(9)
    counts = []
    encode = model.episode_encoder.encode_supports

    def counted(supports):
        counts.append(supports.shape[1])
        return encode(supports)

    model.episode_encoder.encode_supports = counted
    predict(model, inputs)
    assert counts == [2]


def test_given_encoded_supports_are_those_of_every_window():
    model, inputs = build_tiny(), long_inputs(7)
    wanted = predict(model, inputs)
    with torch.no_grad():
        encoded = model.encode_supports(inputs['supports'])
    found = predict(
        model, dict(query=inputs['query'], encoded_supports=encoded)
    )
    assert torch.equal(found.scores, wanted.scores)


def test_long_queries_of_a_batch_get_their_own_tracks():
    model = build_tiny()
    inputs = draw_inputs(1, num_videos=2, num_frames=5)
    both = model(inputs, [sample(), sample(labels=[2])], mode='predict')
    alone = {name: value[1:] for name, value in inputs.items()}
    wanted = predict(model, alone, labels=[2])
    torch.testing.assert_close(both[1].pred_tracks.scores, wanted.scores)
    assert both[1].pred_tracks.labels.tolist() == [2] * len(wanted)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(window=4), 'slots for 3'),
        (dict(window=0), 'expected 1 to 3'),
        (dict(overlap=3), 'expected 0 to 2'),
        (dict(max_tracks=3), 'at least the 4 slots'),
        (dict(mask_weight=0, slot_weight=0), 'one of them above 0'),
        (dict(windw=2), r"'windw' in model\.test_cfg"),
    ],
)
def test_wrong_rules_are_refused(options, words):
    with pytest.raises(UserError, match=words):
        build_tiny(test_cfg=options)


@pytest.mark.parametrize(
    ('overlap', 'num_frames', 'wanted'),
    [(2, 5, [(0, 2), (1, 2), (2, 2)]), (0, 7, [(0, 0), (3, 0), (4, 0)])],
)
def test_windows_hold_the_overlap_of_the_rules(
    monkeypatch, overlap, num_frames, wanted
):
    """Pairs of first frame and frames held back."""
    asked, add = [], WindowedTracks.add

    def noted(self, one, num_held=0):
        asked.append((one.start, num_held))
        add(self, one, num_held)

    monkeypatch.setattr(WindowedTracks, 'add', noted)
    model = build_tiny(test_cfg=dict(overlap=overlap))
    predict(model, long_inputs(num_frames))
    assert asked == wanted


def test_repeated_frames_behind_a_long_query_do_not_count():
    model, inputs = build_tiny(), long_inputs(7)
    again = inputs['query'][:, -1:].expand(-1, 2, -1, -1, -1)
    padded = {**inputs, 'query': torch.cat([inputs['query'], again], 1)}
    found = predict(model, padded, num_frames=7)
    wanted = predict(model, inputs)
    assert torch.equal(found.scores, wanted.scores)
    assert found.segmentations == wanted.segmentations
