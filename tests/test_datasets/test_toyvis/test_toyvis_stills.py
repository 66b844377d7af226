"""Captioned stills."""

import numpy as np
import pytest

from mmselfshot.datasets.toyvis import make_options, render_video
from mmselfshot.datasets.toyvis.stills import (
    draw_still,
    make_still,
    with_article,
)


@pytest.mark.parametrize(
    'words, spoken',
    [
        ('star', 'a star'),
        ('orange star', 'an orange star'),
        ('hourglass', 'an hourglass'),
        ('heart', 'a heart'),
    ],
)
def test_articles(words, spoken):
    assert with_article(words) == spoken


@pytest.mark.parametrize('level', ['easy', 'standard'])
def test_captions_name_the_kinds_that_are_drawn(level):
    options = make_options(level)
    for index in range(12):
        image, labels = make_still(options, np.random.default_rng(index))
        assert image.shape == (96, 96, 3) and image.dtype == np.uint8
        words = labels['caption'].split()
        drawn = sorted(entry['kind'] for entry in labels['objects'])
        named = sorted(word for word in words if word in options.kinds)
        assert named == drawn and 1 <= len(drawn) <= 2


def test_named_attributes_are_true_and_not_always_named():
    options = make_options(still_max_objects=1)
    num_named = dict.fromkeys(('colour', 'pattern', 'background'), 0)
    full = 0
    for index in range(40):
        _, labels = make_still(options, np.random.default_rng(index))
        (entry,) = labels['objects']
        entry = {**entry, 'background': labels['background']}
        words = labels['caption'].split()
        subject = words[: words.index(entry['kind']) + 1]
        known = {'a', 'an', entry['colour'], entry['pattern'], entry['kind']}
        assert set(subject) <= known
        for name in num_named:
            num_named[name] += entry[name] in words
        full += {'on', entry['background'], entry['colour']} <= set(words)
    assert all(10 < number < 40 for number in num_named.values())
    assert full > 10


def test_boxes_and_areas_are_those_of_the_painted_masks():
    options = make_options('standard')
    for index in range(6):
        spec = draw_still(options, np.random.default_rng(index))
        _, masks, kinds = render_video(spec)
        _, labels = make_still(options, np.random.default_rng(index))
        assert [entry['kind'] for entry in labels['objects']] == kinds
        for mask, entry in zip(masks[:, 0], labels['objects']):
            rows, columns = np.nonzero(mask)
            x, y, width, height = entry['bbox']
            assert (x, y) == (columns.min(), rows.min())
            assert x + width == columns.max() + 1
            assert y + height == rows.max() + 1
            assert entry['area'] == len(rows)


def test_objects_stand_apart():
    options = make_options('easy')
    for index in range(10):
        bodies = draw_still(options, np.random.default_rng(index)).bodies
        for k, one in enumerate(bodies):
            for other in bodies[:k]:
                gap = np.hypot(*(one.centre[0] - other.centre[0]))
                assert gap >= 0.5 * (one.size[0] + other.size[0])
