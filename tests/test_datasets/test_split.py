"""Held-out videos: steady, fair to classes, hung on names alone."""

import hashlib

import pytest

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.split import choose_held_out, count_videos
from mmselfshot.utils import UserError


def make_labels(classes, renumber=0):
    """One video per entry, with one annotation per class in it."""
    videos = [
        {'id': i + 1 + renumber, 'file_names': [f'name{i:03d}/0.jpg']}
        for i in range(len(classes))
    ]
    annotations = [
        {'id': 10 * i + one, 'video_id': i + 1 + renumber, 'category_id': one}
        for i, many in enumerate(classes)
        for one in many
    ]
    categories = [{'id': one, 'name': f'class{one}'} for one in (1, 2, 3)]
    return LabelFile(categories, videos, annotations)


CLASSES = [[1]] * 60 + [[2]] * 30 + [[3]] * 10


@pytest.mark.parametrize('seed', range(5))
def test_every_class_gives_its_share(seed):
    labels = make_labels(CLASSES)
    held = choose_held_out(labels, 0.1, seed)
    assert count_videos(labels.subset(held)) == {
        'class1': 6,
        'class2': 3,
        'class3': 1,
    }


def test_same_seed_same_choice_and_another_seed_another():
    labels = make_labels(CLASSES)
    first = choose_held_out(labels, 0.2, 0)
    assert choose_held_out(labels, 0.2, 0) == first
    assert choose_held_out(labels, 0.2, 1) != first


def test_order_of_the_file_does_not_matter():
    labels = make_labels(CLASSES)
    turned = LabelFile(
        labels.categories[::-1],
        list(labels.videos.values())[::-1],
        [one for many in labels.annotations.values() for one in many][::-1],
    )
    assert set(choose_held_out(turned, 0.2)) == set(
        choose_held_out(labels, 0.2)
    )


def test_choice_hangs_on_a_hash_of_the_names_alone():
    """Neither ids nor Python's own hash, which differs between runs."""
    names = [f'0:name{i:03d}' for i in range(8)]
    first = sorted(
        range(8), key=lambda i: hashlib.sha256(names[i].encode()).hexdigest()
    )[:2]
    for renumber in (0, 100):
        labels = make_labels([[]] * 8, renumber)
        held = choose_held_out(labels, 0.25, seed=0)
        assert held == sorted(1 + renumber + i for i in first)


def test_last_video_of_a_class_stays_in_training():
    for seed in range(20):
        labels = make_labels([[1]] * 9 + [[2]])
        assert 10 not in choose_held_out(labels, 0.5, seed)


def test_quota_is_reached_even_when_no_class_can_spare_a_video():
    labels = make_labels([[1], [2], [3]])
    assert len(choose_held_out(labels, 0.4)) == 1


def test_both_parts_have_a_video():
    labels = make_labels([[1], [1]])
    assert len(choose_held_out(labels, 0.01)) == 1
    assert len(choose_held_out(labels, 0.99)) == 1


@pytest.mark.parametrize('share', [0, 1, -0.1, 2])
def test_wrong_share_is_refused(share):
    with pytest.raises(UserError, match='above 0 and below 1'):
        choose_held_out(make_labels(CLASSES), share)


def test_one_video_cannot_be_split():
    with pytest.raises(UserError, match='1 videos'):
        choose_held_out(make_labels([[1]]), 0.5)
