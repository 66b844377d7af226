"""Tracking with a memory of all earlier queries."""

import pytest
import torch
from tiny_minvis import clip_sample, collate, tiny_minvis_cfg

from mmselfshot.models.minvis import MinVISTracker
from mmselfshot.models.uvis import MemoryBankTracker
from mmselfshot.registry import MODELS, TASK_UTILS
from mmselfshot.utils import UserError

EYE = torch.eye(3)
NO_LOGITS = torch.zeros(3, 2)


def frames_of(*scales: float) -> list[torch.Tensor]:
    """(3, 3) queries that always match in order; only lengths differ."""
    return [EYE * scale for scale in scales]


def feed(tracker, frames, logits=NO_LOGITS) -> torch.Tensor:
    tracker.reset()
    for frame in frames:
        order = tracker.update(frame, logits)
        assert order.tolist() == [0, 1, 2]
    return tracker.reference()


def test_anchor_by_hand():
    """Lengths 4, 2, 8: .25 * 8 + .75 * (4 + 2) / 2 = 4.25."""
    anchor = feed(MemoryBankTracker(lam=0.25), frames_of(4, 2, 8))
    torch.testing.assert_close(anchor, EYE * 4.25)


def test_first_frame_is_its_own_anchor():
    tracker = MemoryBankTracker(lam=0.25)
    assert tracker.reference() is None
    torch.testing.assert_close(feed(tracker, frames_of(4)), EYE * 4)


def test_window_by_hand():
    """Of 9, 4, 2 before the last 8, a window of 2 sees 4 and 2."""
    anchor = feed(MemoryBankTracker(0.25, window=2), frames_of(9, 4, 2, 8))
    torch.testing.assert_close(anchor, EYE * 4.25)


def test_window_beyond_the_video_changes_nothing():
    frames = frames_of(9, 4, 2, 8)
    torch.testing.assert_close(
        feed(MemoryBankTracker(0.3, window=50), frames),
        feed(MemoryBankTracker(0.3), frames),
    )


@pytest.mark.parametrize('window', [None, 5])
def test_confidence_by_hand(window):
    """No-object at .5, then .8: mu = 4, and .5 * .2 * 8 + .9 * 4 = 4.4."""
    tracker = MemoryBankTracker(0.5, window=window, weight='confidence')
    half = torch.zeros(3, 2)
    unsure = torch.tensor([[0.2, 0.8]]).log().repeat(3, 1)
    tracker.update(EYE * 4, half)
    tracker.update(EYE * 8, unsure)
    torch.testing.assert_close(tracker.reference(), EYE * 4.4)


def test_similarity_by_hand():
    """The second query lies at cosine .6 of the first: .5 * .6 = .3."""
    tracker = MemoryBankTracker(0.5, weight='similarity')
    logits = torch.zeros(1, 2)
    tracker.update(torch.tensor([[10.0, 0.0]]), logits)
    tracker.update(torch.tensor([[6.0, 8.0]]), logits)
    expected = torch.tensor([[0.3 * 6 + 0.7 * 10, 0.3 * 8]])
    torch.testing.assert_close(tracker.reference(), expected)


def test_two_weights_multiply():
    """.6 by similarity and .5 by confidence: lam .5 becomes .15."""
    tracker = MemoryBankTracker(0.5, weight=['confidence', 'similarity'])
    logits = torch.zeros(1, 2)
    tracker.update(torch.tensor([[10.0, 0.0]]), logits)
    tracker.update(torch.tensor([[6.0, 8.0]]), logits)
    expected = torch.tensor([[0.15 * 6 + 0.85 * 10, 0.15 * 8]])
    torch.testing.assert_close(tracker.reference(), expected)


def test_slot_never_seen_is_followed_by_its_last_query():
    """All weights 0: there is no mean to mix with."""
    tracker = MemoryBankTracker(weight='confidence')
    never = torch.tensor([[-1e4, 0.0]]).repeat(3, 1)
    tracker.update(EYE * 4, never)
    tracker.update(EYE * 8, never)
    torch.testing.assert_close(tracker.reference(), EYE * 8)


def slow_orders(frames: list, lam: float) -> list[list[int]]:
    """The formula as it stands, with all aligned queries kept."""
    from scipy.optimize import linear_sum_assignment

    aligned, orders = [], []
    for frame in frames:
        order = list(range(len(frame)))
        if aligned:
            *earlier, last = aligned
            anchor = last
            if earlier:
                mean = sum(earlier) / len(earlier)
                anchor = lam * last + (1 - lam) * mean
            cosines = (
                torch.nn.functional.normalize(anchor)
                @ torch.nn.functional.normalize(frame.double()).T
            )
            order = linear_sum_assignment(-cosines.numpy())[1].tolist()
        aligned.append(frame.double()[order])
        orders.append(order)
    return orders


@pytest.mark.parametrize('lam', [0.0, 0.3, 0.5, 1.0])
def test_orders_equal_those_of_the_plain_formula(lam):
    generator = torch.Generator().manual_seed(3)
    frames = list(torch.randn(12, 9, 6, generator=generator))
    tracker = MemoryBankTracker(lam)
    orders = [tracker.update(f, torch.zeros(9, 2)).tolist() for f in frames]
    assert orders == slow_orders(frames, lam)


def test_lam_one_is_the_tracker_of_minvis():
    generator = torch.Generator().manual_seed(3)
    frames = torch.randn(12, 9, 6, generator=generator)
    logits = torch.zeros(9, 2)
    ours, theirs = MemoryBankTracker(lam=1), MinVISTracker()
    for frame in frames:
        assert torch.equal(
            ours.update(frame, logits), theirs.update(frame, logits)
        )


def test_reset_forgets_all():
    tracker = MemoryBankTracker(0.5, weight=('confidence', 'similarity'))
    first = feed(tracker, frames_of(1, 2, 3)).clone()
    feed(tracker, frames_of(7, 9))
    assert torch.equal(feed(tracker, frames_of(1, 2, 3)), first)


@pytest.mark.parametrize(('window', 'kept'), [(None, 3), (4, 9)])
def test_memory_does_not_grow_with_the_video(window, kept):
    """At most sums and the last frame, or the window's pairs and it."""
    tracker = MemoryBankTracker(window=window)
    for frame in torch.randn(40, 5, 4):
        tracker.update(frame, torch.zeros(5, 2))
    state = [vars(tracker)[name] for name in ('_last', '_sum', '_total')]
    tensors = [one for one in state if one is not None]
    tensors += [one for pair in tracker._recent for one in pair]
    assert len(tensors) == kept


def test_a_frame_that_is_not_finite_spoils_no_later_one():
    tracker = MemoryBankTracker(lam=0.5)
    tracker.update(EYE * 4, NO_LOGITS)
    tracker.update(EYE * torch.nan, NO_LOGITS)
    tracker.update(EYE * 2, NO_LOGITS)
    torch.testing.assert_close(tracker.reference(), EYE * 3)


def test_half_precision_is_taken():
    tracker = MemoryBankTracker()
    for frame in frames_of(1, 2, 3):
        tracker.update(frame.half(), NO_LOGITS.half())
    assert tracker.reference().dtype == torch.float32


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (dict(lam=1.5), 'lam=1.5; expected 0 to 1'),
        (dict(window=0), 'window=0; expected 1 or more'),
        (dict(weight='age'), "weight='age'; expected None or some of conf"),
    ],
)
def test_wrong_value_is_one_line(wrong, message):
    with pytest.raises(UserError, match=message):
        MemoryBankTracker(**wrong)


def kept_share(lam, occlusion, drift, seed, num_frames=36, weight=None):
    """Share of object-frames in the row where the object began.

    Of 50 entities 8 are objects. All drift as a random walk on a sphere of
    32 dimensions and are seen with noise .5; a hidden object's query points
    anywhere. The numbers are those of the simulation in the facts.
    """
    num, num_objects, width = 50, 8, 32
    generator = torch.Generator().manual_seed(seed)

    def noise(*shape):
        return torch.randn(*shape, generator=generator)

    entities = noise(num, width)
    tracker = MemoryBankTracker(lam, weight=weight)
    hits = total = 0
    for frame in range(num_frames):
        entities = entities + drift * noise(num, width) * (frame > 0)
        entities = entities / entities.norm(dim=1, keepdim=True) * width**0.5
        seen = entities + 0.5 * noise(num, width)
        draws = torch.rand(num_objects, generator=generator)
        hidden = torch.zeros(num, dtype=torch.bool)
        hidden[:num_objects] = (draws < occlusion) & (frame > 0)
        seen[hidden] = noise(int(hidden.sum()), width)
        shuffled = torch.randperm(num, generator=generator)
        order = tracker.update(seen[shuffled], torch.zeros(num, 2))
        owner = shuffled[order]
        if frame == 0:
            first = owner
        else:
            rows = (first < num_objects) & ~hidden[first]
            hits += int((owner[rows] == first[rows]).sum())
            total += int(rows.sum())
    return hits / total


def mean_share(*case) -> float:
    return sum(kept_share(*case, seed) for seed in range(6)) / 6


@pytest.mark.parametrize('occlusion', [0.1, 0.3])
def test_memory_keeps_identities_under_occlusion(occlusion):
    shares = [mean_share(lam, occlusion, 0.3) for lam in (1, 0.5, 0.3)]
    assert shares[1] > shares[0] + 0.3
    assert shares[2] > shares[1]


def test_a_pure_mean_loses_under_drift():
    assert mean_share(0.5, 0.0, 0.6) > mean_share(0.0, 0.0, 0.6) + 0.3


def test_model_takes_it_by_config_and_streams():
    """One window or many: the same tracks."""
    torch.manual_seed(0)
    cfg = tiny_minvis_cfg()
    cfg['tracker'] = dict(type='MemoryBankTracker', lam=0.5)
    model = MODELS.build(cfg).eval()
    assert type(model.tracker) is TASK_UTILS.get('MemoryBankTracker')
    whole = clip_sample(num_frames=6)
    expected = model.test_step(collate([whole]))[0].pred_tracks
    for first in range(0, 6, 2):
        part = clip_sample(num_frames=2, first_frame=first, video_length=6)
        part['inputs'] = whole['inputs'][first : first + 2]
        result = model.test_step(collate([part]))[0]
    assert result.pred_tracks.slots.tolist() == expected.slots.tolist()
    assert result.pred_tracks.segmentations == expected.segmentations
