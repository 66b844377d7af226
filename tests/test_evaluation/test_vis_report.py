"""Tables of the numbers, and the label file to score against."""

import json

import pytest
from vis_cases import annotation, box, content, labels, track, video

from mmselfshot.evaluation.vis_ap import evaluate_vis
from mmselfshot.evaluation.vis_report import (
    format_categories,
    format_report,
    format_table,
    load_truth,
    make_report,
    percent,
    rank_videos,
)
from mmselfshot.evaluation.vis_score import score_results
from mmselfshot.utils import UserError

LEFT, RIGHT = box(0, 0, 5, 5), box(12, 0, 5, 5)
VIDEOS = [video(n, 1) for n in (1, 2, 3, 4)]
OBJECTS = [annotation(n, [LEFT], 1 + n % 2) for n in (1, 2, 3)]
RESULTS = [
    track(1, [LEFT], 2),
    track(2, [box(0, 0, 5, 2)], 1),
    track(3, [LEFT], 1),  # the right mask, the wrong category
    track(4, [RIGHT], 9),
]


@pytest.fixture
def files(tmp_path):
    truth, results = tmp_path / 'val.json', tmp_path / 'results.json'
    truth.write_text(json.dumps(content(VIDEOS, OBJECTS)))
    results.write_text(json.dumps(RESULTS))
    return results, truth


def test_worst_videos_come_first():
    truth = labels(VIDEOS, OBJECTS)
    rows = rank_videos(score_results(truth, RESULTS), truth.videos)
    assert [row['id'] for row in rows] == [2, 3, 1]
    assert [row['track_iou'] for row in rows] == [0.4, 1.0, 1.0]
    assert [row['AP50'] for row in rows] == pytest.approx([0, 0, 1])
    assert rows[0]['name'] == 'v2'
    rows = rank_videos(score_results(truth, RESULTS), truth.videos, True)
    assert [row['AP50'] for row in rows] == pytest.approx([0, 1, 1])


def test_report_holds_all_numbers_and_names_what_did_not_count(files):
    report = make_report(*files)
    assert (report['num_predictions'], report['num_unlisted']) == (4, 1)
    assert report['num_silent'] == 0
    # kind 2 has two objects, one is found; kind 1 none
    assert report['categories'][1]['AP50'] == pytest.approx(51 / 101)
    assert report['summary']['AP50'] == pytest.approx(51 / 202)
    text = format_report(report, per_class=True, num_worst=2)
    assert '1 of 4 predictions have a category' in text
    assert 'worst 2 of 3 videos' in text
    assert 'kind 2' in text
    assert json.loads(json.dumps(report)) == report


def test_class_agnostic_report_has_no_class_aware_row(files):
    report = make_report(*files, class_agnostic=True)
    text = format_report(report, class_agnostic=True)
    assert 'pooled' in text
    assert 'per class' not in text


def test_silent_videos_are_counted(files):
    files[0].write_text('[]')
    report = make_report(*files)
    assert report['num_silent'] == 4
    assert '4 videos have no prediction' in format_report(report)


def test_id_zero_is_accepted_and_other_defects_are_not(tmp_path):
    truth = content(VIDEOS, OBJECTS)
    path = tmp_path / 'val.json'
    truth['annotations'][0]['id'] = 0
    path.write_text(json.dumps(truth))
    assert load_truth(path).annotations[1][0]['id'] == 0
    truth['annotations'][0]['category_id'] = 8
    path.write_text(json.dumps(truth))
    with pytest.raises(UserError, match='category_id 8'):
        load_truth(path)


def test_table_by_hand():
    assert format_table(['a', 'bb'], [['ccc', '1'], ['d', '22']]) == (
        'a    bb\nccc   1\nd    22'
    )
    assert (percent(0.1234), percent(0), percent(-1)) == ('12.3', '0.0', '-')


def test_class_table_has_a_row_per_category():
    truth = labels(VIDEOS, OBJECTS)
    precision = evaluate_vis(truth, RESULTS)
    lines = format_categories(precision, truth.categories).splitlines()
    assert lines[0].split() == ['id', 'name', 'AP', 'AP50', 'AP75', 'AR100']
    assert lines[2].split() == ['2', 'kind', '2', *['50.5'] * 3, '50.0']
