"""The detector: which frames give losses, and prediction as a stream."""

import pytest
import torch
from tiny_minvis import build_tiny_minvis, clip_sample, collate

from mmselfshot.structures import decode_mask


@pytest.fixture(scope='module')
def model():
    return build_tiny_minvis().eval()


def losses_of(model, samples):
    torch.manual_seed(0)
    data = model.data_preprocessor(collate(samples), True)
    return model(**data, mode='loss')


def window(sample, start, stop):
    """Some frames of a packed sample, as the test data set gives them."""
    track = sample['data_samples'].clone()
    track.video_data_samples = track.video_data_samples[start:stop]
    return dict(inputs=sample['inputs'][start:stop], data_samples=track)


def predict(model, sample, size=None):
    size = size or len(sample['inputs'])
    outputs = [
        model.test_step(collate([window(sample, i, i + size)]))[0]
        for i in range(0, len(sample['inputs']), size)
    ]
    assert not any('pred_tracks' in output for output in outputs[:-1])
    return outputs[-1].pred_tracks


def test_unlabelled_frames_are_left_out(model):
    """The same losses as if the clip had its labelled frame alone."""
    clip = clip_sample(3, unlabelled=(0, 2), seed=5)
    alone = window(clip, 1, 2)
    whole = losses_of(model, [clip])
    single = losses_of(model, [alone])
    assert {k: v.item() for k, v in whole.items()} == pytest.approx(
        {k: v.item() for k, v in single.items()}, rel=1e-5
    )
    # a labelled frame without objects is another thing
    assert losses_of(model, [clip_sample(num_objects=0)])['loss_cls'] > 0


def test_batch_without_label_gives_zeros_to_every_parameter(model):
    labelled = losses_of(model, [clip_sample(2)])
    losses = losses_of(model, [clip_sample(2, unlabelled=(0, 1))])
    assert set(losses) == set(labelled)
    assert all(loss.item() == 0 for loss in losses.values())
    sum(losses.values()).backward()
    grads = [p.grad for p in model.parameters() if p.requires_grad]
    assert all(grad is not None and not grad.any() for grad in grads)
    model.zero_grad()


@pytest.mark.parametrize('size', [1, 2, 3])
def test_windows_change_nothing(model, size):
    clip = clip_sample(5, size=(50, 70))
    whole, streamed = predict(model, clip), predict(model, clip, size)
    assert streamed.slots.tolist() == whole.slots.tolist()
    assert streamed.labels.tolist() == whole.labels.tolist()
    assert torch.allclose(streamed.scores, whole.scores, atol=1e-6)
    pairs = [
        (decode_mask(a, 50, 70), decode_mask(b, 50, 70))
        for one, other in zip(whole.segmentations, streamed.segmentations)
        for a, b in zip(one, other)
    ]
    assert len(pairs) == 10 * 5
    differing = sum((a != b).sum() for a, b in pairs)
    assert differing <= 1e-4 * len(pairs) * 50 * 70


def test_a_video_leaves_nothing_for_the_next(model):
    first, second = clip_sample(3, seed=1), clip_sample(2, seed=2)
    alone = predict(model, second)
    predict(model, first)
    after = predict(model, second)
    assert torch.equal(alone.scores, after.scores)
    assert alone.segmentations == after.segmentations
    # also when the first one was broken off
    model.test_step(collate([window(first, 0, 1)]))
    assert torch.equal(predict(model, second).scores, alone.scores)


def test_stream_of_unknown_length_gives_the_same(model):
    clip = clip_sample(4, size=(50, 70))
    expected = predict(model, clip, 1)
    data = model.data_preprocessor(collate([clip]), False)
    model.start_video()
    for frame in data['inputs'][0]:
        model.add_frames(frame[None], (50, 70), (50, 70))
    tracks = model.finish_video()
    assert torch.equal(tracks.scores, expected.scores)
    assert tracks.segmentations == expected.segmentations
    assert len(model.finish_video()) == 0


def test_frames_out_of_order_are_refused(model):
    clip = clip_sample(4)
    model.test_step(collate([window(clip, 0, 1)]))
    with pytest.raises(ValueError, match='frame 2 of a video came when'):
        model.test_step(collate([window(clip, 2, 3)]))
    with pytest.raises(ValueError, match='batch_size=1'):
        model.test_step(collate([clip, clip]))


def test_frames_of_one_pixel_have_no_track(model):
    clip = clip_sample(3, size=(1, 1), num_objects=0)
    assert len(predict(model, clip, 1)) == 0
    assert len(predict(model, clip_sample(2))) == 10
    assert len(predict(model, clip_sample(2, size=(1, 40)))) == 10


def test_tensor_mode_takes_clips_and_frames(model):
    frames = torch.rand(2, 3, 64, 64)
    logits, masks, embeds = model(frames)
    assert logits.shape == (2, 8, 4)
    assert masks.shape == (2, 8, 16, 16)
    assert embeds.shape == (2, 8, 32)
    assert torch.equal(model(frames[None])[0], logits)


def test_few_slots_and_classes_give_fewer_tracks():
    model = build_tiny_minvis(num_classes=1, num_queries=4).eval()
    assert len(predict(model, clip_sample(2, num_objects=0))) == 4
