"""Who is a positive of whom."""

import torch

from mmselfshot.models.retriever.clip_pairs import EMPTY, pair_clips


def pairs(include_self=False):
    """Two clips of video 3, one of 5; a queue of 5, empty, 8."""
    ids = torch.tensor([3, 5, 3])
    queue_ids = torch.tensor([5, EMPTY, 8])
    own = torch.arange(3)
    return pair_clips(ids, ids, queue_ids, own, include_self)


def test_other_clips_of_the_video_are_positive():
    positive, _ = pairs()
    assert positive[:, :3].tolist() == [
        [False, False, True],
        [False, False, False],
        [True, False, False],
    ]
    assert not positive[:, 3:].any()


def test_own_key_is_positive_on_request():
    without, with_self = pairs()[0], pairs(include_self=True)[0]
    assert (with_self[:, :3] == without[:, :3] | torch.eye(3).bool()).all()


def test_clips_of_other_videos_are_negative():
    _, negative = pairs()
    assert negative[:, :3].tolist() == [
        [False, True, False],
        [True, False, True],
        [False, True, False],
    ]


def test_queue_gives_neither_empty_rows_nor_the_own_video():
    _, negative = pairs()
    assert negative[:, 3:].tolist() == [
        [True, False, True],
        [False, False, True],
        [True, False, True],
    ]


def test_own_key_of_a_later_rank():
    """One clip, whose key is the last of three of its video."""
    positive, negative = pair_clips(
        torch.tensor([2]),
        torch.tensor([2, 2, 2]),
        torch.tensor([], dtype=torch.long),
        own=torch.tensor([2]),
    )
    assert positive.tolist() == [[True, True, False]]
    assert not negative.any()


def test_no_clip_has_no_pair():
    none = torch.zeros(0, dtype=torch.long)
    positive, negative = pair_clips(none, none, torch.arange(4), none)
    assert positive.shape == negative.shape == (0, 4)
