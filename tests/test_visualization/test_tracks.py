"""Which tracks people see, and to whom a pixel belongs."""

import numpy as np
import pytest

from mmselfshot.structures import decode_mask, encode_mask
from mmselfshot.visualization.tracks import (
    Track,
    choose_tracks,
    number_maps,
    resolve_overlaps,
    tracks_from_results,
    true_tracks,
)

SIZE = 4, 6


def box(left, right, top=0, bottom=4):
    mask = np.zeros(SIZE, dtype=bool)
    mask[top:bottom, left:right] = True
    return encode_mask(mask)


def entry(score, masks, category_id=1):
    return dict(
        video_id=1,
        category_id=category_id,
        score=score,
        segmentations=list(masks),
    )


def test_weak_duplicate_and_invisible_tracks_are_left_out():
    masks = [
        [box(0, 2), None],
        [box(3, 6), box(3, 6)],
        [box(0, 2), None],  # the first again, under another class
        [None, None],
        [box(2, 3), None],
    ]
    scores = [0.5, 0.9, 0.8, 0.99, 0.1]
    assert choose_tracks(scores, masks, SIZE, 0.3) == [1, 2]
    assert choose_tracks(scores, masks, SIZE, 0.1) == [1, 2, 4]
    assert choose_tracks(scores, masks, SIZE, 0.999) == []
    assert choose_tracks([], [], SIZE, 0.1) == []


def test_at_most_255_tracks_stay_the_best_ones():
    size = 20, 20
    masks = []
    for n in range(300):
        mask = np.zeros(size, dtype=bool)
        mask.flat[n] = True
        masks.append([encode_mask(mask)])
    scores = np.random.default_rng(0).permutation(300) / 300
    chosen = choose_tracks(scores.tolist(), masks, size, 0.0)
    assert chosen == np.argsort(-scores)[:255].tolist()


def test_a_pixel_belongs_to_the_best_track():
    first = [box(0, 3), None]
    second = [box(2, 5), box(2, 5)]
    third = [box(0, 5), box(1, 3)]
    found = resolve_overlaps([first, second, third], SIZE)
    assert found[0] == [box(0, 3), None]
    assert found[1] == [box(3, 5), box(2, 5)]
    assert found[2] == [None, box(1, 2)]


def test_results_become_numbered_tracks_without_overlap():
    results = [
        entry(0.4, [box(0, 6), box(0, 6)], 7),
        entry(0.9, [box(0, 3), None], 2),
        entry(0.6, [box(1, 3), None], 2),  # hidden by the better one
        entry(0.2, [box(5, 6), None], 2),  # weak
    ]
    tracks = tracks_from_results(results, {2: 'cat'}, SIZE, 0.3)
    assert [track.number for track in tracks] == [1, 2]
    assert [track.text for track in tracks] == [
        '1 cat 0.90',
        '2 category 7 0.40',
    ]
    assert [track.category_id for track in tracks] == [2, 7]
    assert tracks[1].segmentations == [box(3, 6), box(0, 6)]
    assert tracks_from_results([], {}, SIZE, 0.3) == []


def test_number_maps_show_the_first_track_where_masks_overlap():
    tracks = [Track(5, 'a', [box(0, 3), None]), Track(2, 'b', [box(2, 6)] * 2)]
    first, second = number_maps(tracks, SIZE, 2)
    assert first.dtype == np.uint8
    assert first[0].tolist() == [5, 5, 5, 2, 2, 2]
    assert second[0].tolist() == [0, 0, 2, 2, 2, 2]
    (empty,) = number_maps([], SIZE, 1)
    assert not empty.any()


def test_true_tracks_are_numbered_in_file_order_without_crowds():
    annotations = [
        dict(category_id=2, segmentations=[None], iscrowd=1),
        dict(category_id=1, segmentations=[box(0, 1)]),
        dict(category_id=2, segmentations=[box(1, 2)], score=0.5),
    ]
    tracks = true_tracks(annotations, {1: 'cat', 2: 'dog'})
    assert [track.text for track in tracks] == ['1 cat', '2 dog 0.50']
    many = true_tracks(annotations[1:2] * 300, {1: 'cat'})
    assert [track.number for track in many][253:257] == [254, 255, 1, 2]


@pytest.mark.parametrize('seed', range(3))
def test_resolved_masks_are_disjoint_and_cover_the_same(seed):
    rng = np.random.default_rng(seed)
    masks = rng.random((5, 3, *SIZE)) < 0.4
    coded = [[encode_mask(mask) for mask in track] for track in masks]
    found = resolve_overlaps(coded, SIZE)
    after = np.array(
        [[decode_mask(rle, *SIZE) for rle in track] for track in found]
    )
    assert after.sum(0).max() <= 1
    assert (after.any(0) == masks.any(0)).all()
    assert (after[0] == masks[0]).all()
