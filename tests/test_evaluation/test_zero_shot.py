"""Counting how often CLIP names a thing right."""

import json

import numpy as np
import pytest
from tiny_clip import tiny_clip

from mmselfshot.apis.toy_clip import draw_stills, draw_videos
from mmselfshot.datasets.toyvis.outlines import EASY_KINDS
from mmselfshot.evaluation.zero_shot import (
    accuracy_on_boxes,
    accuracy_on_stills,
)
from mmselfshot.labelling import CLIPNamer
from mmselfshot.structures import decode_mask


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    return draw_videos(tmp_path_factory.mktemp('zero_shot'), 3, 1)


def areas(world):
    with open(world / 'val.json') as file:
        table = json.load(file)
    return [
        [
            0 if seg is None else int(decode_mask(seg, 96, 160).sum())
            for seg in entry['segmentations']
        ]
        for entry in table['annotations']
    ]


def test_only_stills_of_the_given_kinds_count(tmp_path):
    root = draw_stills(tmp_path, 20, 1)[0]
    with open(root / 'stills' / 'train.json') as file:
        kinds = [a['kind'] for a in json.load(file)['annotations']]
    chosen = kinds[0]
    namer = CLIPNamer(tiny_clip(), (chosen,))  # it cannot go wrong
    share, number = accuracy_on_stills(namer, root, 'train')
    assert (share, number) == (1.0, kinds.count(chosen))
    namer = CLIPNamer(tiny_clip(), ('nothing of this',))
    assert accuracy_on_stills(namer, root, 'train') == (0.0, 0)


def test_every_object_counts_in_every_frame_that_shows_it(world):
    frames = world / 'val' / 'JPEGImages'
    namer = CLIPNamer(tiny_clip(), EASY_KINDS)
    share, number = accuracy_on_boxes(namer, world / 'val.json', frames)
    assert number == sum(area > 0 for row in areas(world) for area in row)
    assert 0 <= share < 0.7  # an untrained model

    visible = [area >= 0.7 * max(row) for row in areas(world) for area in row]
    found = accuracy_on_boxes(namer, world / 'val.json', frames, 0.7)
    assert found[1] == sum(visible) < number


def test_share_is_that_of_a_constant_answer(world):
    """Features of one class only: it is right where the object is of it."""
    namer = CLIPNamer(tiny_clip(), EASY_KINDS)
    features = namer.class_features()
    features[1:] = -features[0]
    features[0] = namer.clip.encode_images([np.zeros((9, 9, 3), np.uint8)])[0]
    features[1:] = -features[0]
    with open(world / 'val.json') as file:
        table = json.load(file)
    kind = {entry['id']: entry['name'] for entry in table['categories']}
    right = [
        kind[entry['category_id']] == EASY_KINDS[0]
        for entry, row in zip(table['annotations'], areas(world))
        for area in row
        if area
    ]
    share, _ = accuracy_on_boxes(
        namer, world / 'val.json', world / 'val' / 'JPEGImages'
    )
    assert share == pytest.approx(np.mean(right))
