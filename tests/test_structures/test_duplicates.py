"""Of near-equal mask tracks, only the best."""

from vis_cases import HEIGHT, WIDTH, box

from mmselfshot.structures import Tracks, distinct_tracks

LEFT, RIGHT = box(0, 0, 5, 5), box(12, 0, 5, 5)


def _read(*segmentations):
    names = [str(n) for n in range(len(segmentations))]
    return Tracks(segmentations, HEIGHT, WIDTH, names, len(segmentations[0]))


def test_each_visible_mask_track_is_kept_once_at_its_best_score():
    near = box(0, 0, 5, 4)  # 20 of 25 pixels: below .9
    tracks = _read([LEFT], [None], [RIGHT], [LEFT], [near])
    scores = [0.2, 0.9, 0.5, 0.7, 0.6]
    assert distinct_tracks(tracks, scores).tolist() == [3, 4, 2]
    assert distinct_tracks(tracks, scores, 0.8).tolist() == [3, 2]


def test_of_equal_scores_the_first_is_kept():
    assert distinct_tracks(_read([LEFT], [LEFT]), [0.5, 0.5]).tolist() == [0]


def test_a_chain_of_near_tracks_is_not_swallowed_whole():
    """10, 11 and 12 columns: neighbours overlap .91, the ends .83."""
    tracks = _read(*([box(0, 0, n, 5)] for n in (12, 10, 11)))
    assert distinct_tracks(tracks, [0.9, 0.8, 0.7]).tolist() == [0, 1]
    assert distinct_tracks(tracks, [0.7, 0.8, 0.9]).tolist() == [2]
