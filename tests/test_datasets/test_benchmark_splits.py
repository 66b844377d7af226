"""Classes of Self-VIS and Self-OVIS, and the videos of each part."""

import pytest

from mmselfshot.datasets.benchmark_splits import (
    SPLITS,
    describe_counts,
    find_split,
    single_class_videos,
    videos_of_part,
)
from mmselfshot.datasets.class_names import CLASS_NAMES
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.utils import UserError

CLASSES_OF = {
    'self-vis': ('ytvis19', 30, 10),
    'self-vis-2021': ('ytvis21', 28, 8),
    'self-ovis': ('ovis', 17, 8),
}


@pytest.mark.parametrize('name', SPLITS)
def test_ids_are_the_official_ones(name):
    """Ids count from 1 in the official order of the names."""
    classes, num_train, num_test = CLASSES_OF[name]
    official = {one: n for n, one in enumerate(CLASS_NAMES[classes], 1)}
    split = SPLITS[name]
    assert (len(split.train), len(split.test)) == (num_train, num_test)
    assert not set(split.train) & set(split.test)
    both = {**split.train, **split.test}
    assert both == {one: official[one] for one in both}


def test_self_vis_is_all_of_2019_and_the_variant_leaves_the_merged_out():
    split = SPLITS['self-vis']
    assert {**split.train, **split.test}.keys() == set(CLASS_NAMES['ytvis19'])
    variant = SPLITS['self-vis-2021']
    left = set(CLASS_NAMES['ytvis21']) - {*variant.train, *variant.test}
    assert left == {'bird', 'flying_disc', 'squirrel', 'whale'}
    assert set(variant.train) - {'car'} == set(split.train) - {
        *('owl', 'ape', 'sedan')
    }
    assert set(split.test) - set(variant.test) == {'eagle', 'hand'}


def make_labels(name, held):
    """Videos 1, 2, ... with one annotation of each category of a row."""
    classes = CLASS_NAMES[CLASSES_OF[name][0]]
    categories = [{'id': n, 'name': one} for n, one in enumerate(classes, 1)]
    videos = [
        {'id': n, 'file_names': [f'v{n}/0.jpg'], 'width': 4, 'height': 4}
        for n in range(1, len(held) + 1)
    ]
    annotations = [
        {'id': 100 * n + k, 'video_id': n, 'category_id': category}
        for n, row in enumerate(held, 1)
        for k, category in enumerate(row)
    ]
    return LabelFile(categories, videos, annotations)


def test_videos_of_several_classes_are_left_out():
    """Eagle 38 and dog 8 are test, person 1 is train."""
    labels = make_labels('self-vis', [[38, 38], [38, 1], [1], [], [8]])
    assert single_class_videos(labels) == {1: 38, 3: 1, 5: 8}
    split = find_split('self-vis')
    assert videos_of_part(labels, split, 'test') == {1: [38], 5: [8]}
    assert videos_of_part(labels, split, 'train') == {3: [1]}
    lines = list(describe_counts(labels, split))
    assert lines[0] == '5 videos, 3 of a single class'
    assert lines[1] == 'train: 1 videos, test: 2 videos'
    assert lines[2].startswith(
        'warning: the paper counts 2123 (all), 1651 (train), 472 (test)'
    )


def test_no_video_of_self_ovis_is_dropped_and_none_shared():
    """Person 1 is a test class: a video with one is no training video."""
    labels = make_labels('self-ovis', [[1, 19], [19, 25], [9, 14], []])
    split = find_split('self-ovis')
    assert videos_of_part(labels, split, 'test') == {1: [1], 3: [9, 14]}
    assert videos_of_part(labels, split, 'train') == {2: [19, 25]}
    assert '4 videos, 3 with annotations' in describe_counts(labels, split)


def test_counts_of_the_paper_give_no_warning():
    labels = make_labels('self-vis', [[1]] * 1651 + [[8]] * 472 + [[1, 8]])
    lines = list(describe_counts(labels, find_split('self-vis')))
    assert len(lines) == 2 and '2123 of a single class' in lines[0]


def test_a_file_of_another_version_is_refused():
    labels = make_labels('self-vis-2021', [[1]])
    with pytest.raises(UserError, match=r'of split self-vis .*2019'):
        videos_of_part(labels, find_split('self-vis'), 'test')
    with pytest.raises(UserError, match="no split 'self'; expected one of"):
        find_split('self')
