"""Arms of labels, and the comparison of the rows of UVIS's ladder."""

from types import SimpleNamespace

import pytest
from tiny_candidates import SIZE, make_table

from mmselfshot.apis.label_arms import write_label_arms
from mmselfshot.apis.uvis_ladder import ROWS
from mmselfshot.apis.uvis_ladder_report import (
    compare_rows,
    format_ladder,
)
from mmselfshot.datasets import LabelFile
from mmselfshot.labelling.candidates import write_shard
from mmselfshot.structures import decode_mask, encode_mask
from mmselfshot.utils import read_json, write_json

FILTERS = [
    dict(type='ScoreFilter', mask_thr=0.5, clip_thr=0.5),
    dict(type='PrototypeMemory', tau=0.7, min_samples=1, max_prototypes=1),
]


def square_at(left: int) -> dict:
    table = make_table([1.0], left=[left])
    return encode_mask(decode_mask(table.rles[0], *SIZE))


@pytest.fixture
def candidates(tmp_path):
    """In frame 0: two right ones, one weak, one that looks unlike them."""
    table = make_table(
        [0.9, 0.9, 0.2, 0.9],
        left=[0, 20, 40, 60],
        features=[[1, 0], [1, 0], [1, 0], [0, 1]],
    )
    folder = tmp_path / 'pseudo.candidates'
    folder.mkdir()
    write_shard(folder / 'v.npz', table, 'x')
    write_json(folder / 'meta.json', {'done': [[7, 'v']]})
    write_json(tmp_path / 'pseudo.json', {})
    truth = LabelFile(
        [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'dog'}],
        [
            {
                'id': 3,
                'width': SIZE[1],
                'height': SIZE[0],
                'length': 3,
                'file_names': [f'v/{i}.png' for i in range(3)],
            }
        ],
        [
            {
                'id': n,
                'video_id': 3,
                'category_id': 1,
                'segmentations': [square_at(left)] * 3,
            }
            for n, left in ((1, 0), (2, 20))
        ],
    )
    truth.save(tmp_path / 'truth.json')
    return tmp_path


def arms_of(folder) -> dict:
    return write_label_arms(
        folder / 'pseudo.json', FILTERS, folder / 'truth.json', folder / 'arms'
    )


def test_each_arm_filters_more(candidates):
    """2 of 4, 2 of 3, 2 of 2 right; frames 0 and 1 were looked at."""
    arms = arms_of(candidates)
    found = {
        arm: (one['precision'], one['recall'], one['num_frames'])
        for arm, one in arms.items()
    }
    assert found == {
        'raw': (2 / 4, 2 / 4, 2),
        'score': (2 / 3, 2 / 4, 2),
        'memory': (2 / 2, 2 / 4, 2),
    }
    labels = LabelFile.load(candidates / 'arms/score.json')
    assert len(labels.annotations[7]) == 3


def test_arms_that_are_there_are_kept(candidates):
    arms = arms_of(candidates)
    stamps = {
        path: path.stat().st_mtime_ns
        for path in (candidates / 'arms').iterdir()
    }
    assert arms_of(candidates) == read_back(arms)
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}


def read_back(content):
    """As JSON gives it, with text for keys."""
    import json

    return json.loads(json.dumps(content))


def make_run(folder, seed, good_row):
    """One val video with two objects; the good row finds both, others one."""
    world = folder / 'world'
    masks = [[square_at(0)] * 3, [square_at(20), None, square_at(20)]]
    truth = LabelFile(
        [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'dog'}],
        [
            {
                'id': 1,
                'width': SIZE[1],
                'height': SIZE[0],
                'length': 3,
                'file_names': [f'v/{i}.png' for i in range(3)],
            }
        ],
        [
            {
                'id': n,
                'video_id': 1,
                'category_id': n,
                'segmentations': mask,
            }
            for n, mask in enumerate(masks, 1)
        ],
    )
    truth.save(world / 'val.json')
    for n, row in enumerate(ROWS):
        found = [
            dict(video_id=1, category_id=k, score=0.9, segmentations=mask)
            for k, mask in enumerate(masks, 1)
        ]
        number = 2 if row == good_row else 1
        write_json(folder / f'row{n}/results.json', found[:number])
    counts = dict(num_objects=4, num_agnostic=2, num_frames=2)
    quality = {
        arm: {
            'precision': 2 / labels,
            'recall': 0.5,
            'agnostic_precision': 2 / labels,
            'agnostic_recall': 0.5,
            'videos': {'1': dict(counts, num_labels=labels, num_matched=2)},
        }
        for arm, labels in (('raw', 8), ('score', 4), ('memory', 2))
    }
    return SimpleNamespace(
        seed=seed,
        quality=quality,
        steps=SimpleNamespace(world=world),
        results_of=lambda row: (
            folder / f'row{list(ROWS).index(row)}' / 'results.json'
        ),
    )


@pytest.fixture
def content(tmp_path):
    good = '+ tracking memory (UVIS)'
    runs = [make_run(tmp_path / str(seed), seed, good) for seed in (1, 2)]
    return compare_rows(runs, num_draws=20)


def test_rows_and_differences_by_hand(content):
    one, half, two = (pytest.approx([value] * 2) for value in (1, 0.5, 2))
    assert content['rows']['+ tracking memory (UVIS)']['AP'] == one
    assert content['rows']['supervised']['AP50'] == half
    assert content['share_of_supervised']['AP'] == two
    assert content['occluded'] == [1, 1]
    found = {one['what']: one for one in content['differences']}

    def interval(what):
        return pytest.approx([found[what][key] for key in ('low', 'high')])

    what = 'prototype memory: precision of labels'
    assert (found[what]['mean'], found[what]['num_groups']) == (0.5, 2)
    assert interval(what) == [0.5, 0.5]
    what = 'tracking memory, UVIS: AP where objects are hidden'
    assert interval(what) == [0.5, 0.5]
    assert interval('tracking memory, supervised: AP') == [0, 0]


def test_table_shows_rows_and_verdicts(content):
    text = format_ladder(content)
    lines = text.splitlines()
    assert '| raw labels | 0.250 ± 0.000 | 0.500 ± 0.000 |' in text
    (line,) = [one for one in lines if 'UVIS: AP where' in one]
    assert line.endswith('| +0.500 | +0.500 to +0.500 | yes |')
    (line,) = [one for one in lines if 'supervised: AP |' in one]
    assert line.endswith('| +0.000 | +0.000 to +0.000 | no |')


def test_record_reads_back(content, tmp_path):
    write_json(tmp_path / 'ladder.json', content)
    assert format_ladder(read_json(tmp_path / 'ladder.json')) == (
        format_ladder(content)
    )
