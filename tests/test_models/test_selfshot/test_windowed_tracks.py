"""Tracks over windows: joined identities, means, ends and beginnings."""

import pytest
import torch
from pycocotools import mask as coco_mask

from mmselfshot.models.selfshot import SlotWindow, WindowedTracks, WindowRules

SIZE = 8, 12


def movie(num_frames, seed=0):
    """Three objects as (3, T, 8, 12) logits, (3, T) probs, embeds."""
    made = torch.Generator().manual_seed(seed)
    logits = torch.full((3, num_frames, *SIZE), -2.0)
    for frame in range(num_frames):
        logits[0, frame, 0:3, frame % 9 : frame % 9 + 3] = 2
        logits[1, frame, 4:8, 0:4] = 1
        logits[2, frame, 4:7, 6:11] = 3
    probs = torch.rand(3, num_frames, generator=made) * 0.4 + 0.5
    embeds = torch.eye(3)[:, None].expand(-1, num_frames, -1)
    return logits, probs, embeds


def window(start, end, order=(0, 1, 2), num_frames=20):
    logits, probs, embeds = movie(num_frames)
    order = list(order)
    part = slice(start, end)
    return SlotWindow(
        start,
        probs[order, part],
        logits[order, part],
        embeds[order, part],
        torch.arange(len(order)),
    )


def tracks_of(windows, held, **rules):
    tracks = WindowedTracks(WindowRules(**rules), SIZE, SIZE)
    for one, num_held in zip(windows, held):
        tracks.add(one, num_held)
    return tracks.finish()


def same(found, wanted):
    assert found.segmentations == wanted.segmentations
    assert found.scores.tolist() == pytest.approx(wanted.scores.tolist())


@pytest.mark.parametrize('overlap', [0, 1, 2, 4])
def test_windows_that_agree_give_the_tracks_of_one_window(overlap):
    whole = tracks_of([window(0, 20)], [0])
    starts = [*range(0, 12, 8 - overlap), 12]  # the last one is full
    windows = [window(at, at + 8) for at in starts]
    found = tracks_of(windows, [overlap] * (len(starts) - 1) + [0])
    assert len(found) == 3
    same(found, whole)
    assert all(len(one) == 20 for one in found.segmentations)


@pytest.mark.parametrize('order', [(2, 0, 1), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize('overlap', [0, 2])
def test_permuted_slots_are_joined_rightly(order, overlap):
    whole = tracks_of([window(0, 14)], [0])
    second = window(8 - overlap, 14, order)
    found = tracks_of([window(0, 8), second], [overlap, 0])
    same(found, whole)
    assert found.slots.tolist() == whole.slots.tolist()


def test_masks_join_where_slots_are_all_alike():
    second = window(6, 14, (1, 2, 0))
    windows = [
        one._replace(embeds=torch.ones_like(one.embeds))
        for one in (window(0, 8), second)
    ]
    same(tracks_of(windows, [2, 0]), tracks_of([window(0, 14)], [0]))


def test_slots_join_an_object_that_the_overlap_hides():
    first, second = window(0, 8), window(6, 14, (2, 0, 1))
    first.mask_logits[1, 6:] = -1  # object 1 is row 2 of the second window
    second.mask_logits[2, :2] = -1
    found = tracks_of([first, second], [2, 0])
    assert len(found) == 3
    (track,) = [masks for masks in found.segmentations if masks[6] is None]
    assert [one is None for one in track] == [False] * 6 + [True] * 2 + (
        [False] * 6
    )


def test_common_frames_have_the_mean_of_both_windows():
    first, second = window(0, 4), window(2, 6)
    first.probs[:], second.probs[:] = 0.4, 0.8
    first.mask_logits[1, 2:, 0, 0] = 3  # mean 0.5: there
    first.mask_logits[2, 2:, 0, 11] = 1  # mean -0.5: not there
    found = tracks_of([first, second], [2, 0])
    assert found.scores.tolist() == pytest.approx([0.6] * 3)
    for slot, row, column, is_there in ((1, 0, 0, True), (2, 0, 11, False)):
        track = found.segmentations[found.slots.tolist().index(slot)]
        mask = coco_mask.decode(track[2])
        assert mask[row, column] == is_there
    assert coco_mask.decode(found.segmentations[1][1])[0, 0] == 0


def test_what_matches_nothing_ends_and_begins():
    """Object 2 leaves after the first window, another one comes."""
    first, second = window(0, 8), window(6, 14)
    second.mask_logits[2] = -1
    second.mask_logits[2, :, 0:2, 10:12] = 1
    found = tracks_of([first, second], [2, 0])
    shown = sorted(
        tuple(one is not None for one in masks)
        for masks in found.segmentations
    )
    assert shown == sorted(
        [(True,) * 14] * 2
        + [(True,) * 8 + (False,) * 6, (False,) * 6 + (True,) * 8]
    )
    ended = [one[-1] is None for one in found.segmentations].index(True)
    own = first.probs[2].double().mean().item()
    assert found.scores[ended].item() == pytest.approx(own)


def test_number_of_tracks_is_bounded_and_the_best_stay():
    """Every window has other slots: each ends its tracks."""
    made = torch.Generator().manual_seed(1)
    windows, scores = [], []
    for number in range(30):
        probs = torch.rand(2, 1, generator=made).expand(2, 4).clone()
        scores += probs[:, 0].tolist()
        logits = torch.full((2, 4, 1, 60), -1.0)
        logits[0, ..., 2 * number] = logits[1, ..., 2 * number + 1] = 1
        embeds = torch.randn(2, 4, 60, generator=made)
        windows.append(
            SlotWindow(3 * number, probs, logits, embeds, torch.arange(2))
        )
    tracks = WindowedTracks(WindowRules(max_tracks=5), (1, 60), (1, 60))
    for one in windows:
        tracks.add(one, 1)
        assert len(tracks._ended) <= 5
        assert tracks._held.probs.shape[1] == 1
        storage = tracks._held.mask_logits.untyped_storage()
        assert storage.nbytes() == 2 * 60 * 4  # of the one held frame
    found = tracks.finish()
    wanted = sorted(scores, reverse=True)[:5]
    assert found.scores.tolist() == pytest.approx(wanted)
    assert all(len(masks) == 91 for masks in found.segmentations)


def test_window_without_a_slot_ends_all_and_none_is_no_track():
    none = window(6, 14, ())
    found = tracks_of([window(0, 8), none], [2, 0])
    assert len(found) == 3
    assert all(
        masks[7] is not None and masks[8:] == [None] * 6
        for masks in found.segmentations
    )
    assert len(tracks_of([window(0, 8, ()), none], [2, 0])) == 0
    found = tracks_of([window(0, 8, ()), window(6, 14)], [2, 0])
    assert [one[5:7].count(None) for one in found.segmentations] == [1] * 3


@pytest.mark.parametrize('overlap', [0, 2])
def test_slots_are_compared_where_the_windows_meet(overlap):
    """Elsewhere each slot looks like another one, masks do not count."""
    first, second = window(0, 8), window(8 - overlap, 14)
    near = max(overlap, 1)
    first.embeds[:, : 8 - near] = torch.eye(3)[[1, 2, 0]][:, None]
    second.embeds[:, near:] = torch.eye(3)[[2, 0, 1]][:, None]
    found = tracks_of([first, second], [overlap, 0], mask_weight=0)
    same(found, tracks_of([window(0, 14)], [0]))


def test_equal_tracks_stand_in_the_order_of_their_beginning():
    """Slot 2 begins in the second window, but is listed first there."""
    first, second = window(0, 8, (0, 1)), window(6, 14, (2, 0, 1))
    for one in (first, second):
        one.probs[:] = 0.5
    found = tracks_of([first, second], [2, 0])
    is_late = [masks[0] is None for masks in found.segmentations]
    assert is_late == [False, False, True]
