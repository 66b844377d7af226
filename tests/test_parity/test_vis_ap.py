"""VIS AP against the numbers recorded from the official evaluator."""

import json
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest

from mmselfshot.evaluation.vis_ap import evaluate_vis, group_results
from mmselfshot.evaluation.vis_video import VideoPair
from mmselfshot.structures import to_compressed
from mmselfshot.utils import UserError

TOLERANCE = 1e-9


def _labels(content):
    annotations = defaultdict(list)
    for annotation in content['annotations']:
        annotations[annotation['video_id']].append(annotation)
    return SimpleNamespace(
        categories=content['categories'],
        videos={video['id']: video for video in content['videos']},
        annotations=dict(annotations),
    )


@pytest.fixture(scope='module')
def folder(parity_dir):
    return parity_dir / 'metrics'


@pytest.fixture(scope='module')
def expected(folder):
    return json.loads((folder / 'vis_expected.json').read_text())


@pytest.fixture(scope='module')
def case(folder):
    return _case(folder, 'vis')


def _case(folder, name):
    truth = json.loads((folder / f'{name}_gt.json').read_text())
    results = json.loads((folder / f'{name}_pred.json').read_text())
    return truth, results


def _assert_near(found, wanted):
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=0, abs=TOLERANCE), name


def _assert_categories(found, wanted):
    assert set(found) == {int(category) for category in wanted}
    for category, numbers in wanted.items():
        _assert_near(found[int(category)], numbers)


def test_stats_and_categories(case, expected):
    truth, results = case
    found = evaluate_vis(_labels(truth), results)
    _assert_near(found.stats(), expected['default']['stats'])
    _assert_categories(
        found.per_category(), expected['default']['per_category']
    )


def test_raw_arrays(case, folder):
    truth, results = case
    found = evaluate_vis(_labels(truth), results)
    arrays = np.load(folder / 'vis_expected_arrays.npz')
    for name in ('precision', 'recall', 'scores'):
        wanted = arrays[name]
        assert getattr(found, name).shape == wanted.shape
        assert np.abs(getattr(found, name) - wanted).max() <= TOLERANCE, name


def test_iou_matrices(case, expected):
    labels = _labels(case[0])
    by_video = group_results(labels, case[1])
    assert expected['default']['ious']
    for wanted in expected['default']['ious']:
        video = wanted['video_id']
        pair = VideoPair(
            labels.videos[video],
            labels.annotations.get(video, []),
            by_video.get(video, []),
        )
        rows = np.flatnonzero(pair.categories == wanted['category_id'])
        rows = rows[np.argsort(-pair.scores[rows], kind='stable')][:100]
        columns = np.flatnonzero(pair.true_categories == wanted['category_id'])
        found = pair.ious(rows, columns)
        assert found == pytest.approx(
            np.array(wanted['iou']).reshape(found.shape), rel=0, abs=TOLERANCE
        )


def test_pooled(case, expected):
    truth, results = case
    found = evaluate_vis(_labels(truth), results, view='pooled')
    _assert_near(found.stats(), expected['class_agnostic_useCats0']['stats'])


def test_category_subsets(case, expected):
    truth, results = case
    subsets = [name for name in expected if name.startswith('category_subset')]
    assert subsets
    for name in subsets:
        categories = [int(c) for c in expected[name]['per_category']]
        found = evaluate_vis(_labels(truth), results, category_ids=categories)
        _assert_near(found.stats(), expected[name]['stats'])
        _assert_categories(
            found.per_category(), expected[name]['per_category']
        )


def test_video_subset(case, expected):
    truth, results = case
    subset = expected['video_subset']
    found = evaluate_vis(
        _labels(truth), results, video_ids=subset['video_ids']
    )
    _assert_near(found.stats(), subset['stats'])


def _foreground(folder):
    """The recorded protocol: every object relabelled to class 1."""
    truth, results = _case(folder, 'fgbg')
    category = results[0]['category_id']
    relabelled = {
        **truth,
        'categories': [{'id': category, 'name': 'object'}],
        'annotations': [
            {**annotation, 'category_id': category}
            for annotation in truth['annotations']
        ],
    }
    return truth, relabelled, results


def test_foreground_by_relabelling(folder, expected):
    _, relabelled, results = _foreground(folder)
    found = evaluate_vis(_labels(relabelled), results)
    _assert_near(found.stats(), expected['fgbg']['stats'])
    for column, key in enumerate(('AP_at_iou', 'recall_at_iou')):
        for thr, wanted in expected['fgbg'][key].items():
            assert found.at_iou(float(thr))[column] == pytest.approx(
                wanted, rel=0, abs=TOLERANCE
            )


def test_foreground_without_relabelling(folder, expected):
    truth, _, results = _foreground(folder)
    found = evaluate_vis(_labels(truth), results, view='foreground')
    _assert_near(found.stats(), expected['fgbg']['stats'])


def test_pooled_drops_no_unlisted_category(folder, expected):
    """The reference drops them (AP 0); with listed ids it gives this."""
    truth, _, results = _foreground(folder)
    recorded = [
        stats
        for name, stats in expected['fgbg'].items()
        if name.startswith('useCats0_predictions_set_to_category')
    ]
    assert recorded
    found = evaluate_vis(_labels(truth), results, view='pooled')
    for stats in recorded:
        _assert_near(found.stats(), stats)


def test_edge_cases(folder):
    cases = json.loads((folder / 'vis_edge_cases.json').read_text())
    assert cases
    for case in cases:
        labels = _labels(case['gt'])
        if _is_refused(case):
            with pytest.raises(UserError):
                evaluate_vis(labels, case['pred'])
            continue
        found = evaluate_vis(labels, case['pred'])
        wanted = _wanted_stats(case, cases)
        if wanted is not None:
            try:
                _assert_near(found.stats(), wanted)
            except AssertionError as error:
                raise AssertionError(case['name']) from error
            if case['expected'] and wanted is case['expected']['stats']:
                _assert_curve(found, case['expected']['precision_iou50'])


def _is_refused(case):
    """Unknown videos, and lists of another length than the video."""
    lengths = {video['id']: video['length'] for video in case['gt']['videos']}
    return any(
        len(pred['segmentations']) != lengths.get(pred['video_id'])
        for pred in case['pred']
    )


def _wanted_stats(case, cases):
    """The recorded numbers, or those of the case that ours should equal."""
    if any(ann['id'] == 0 for ann in case['gt']['annotations']):
        return next(
            other['expected']['stats']
            for other in cases
            if other is not case
            and other['pred'] == case['pred']
            and _without_ids(other['gt']) == _without_ids(case['gt'])
        )
    if case['expected']:
        return case['expected']['stats']
    if not case['pred']:
        return _zeros(case['gt'])
    compressed = _compressed(case)
    for other in cases:
        if other['expected'] and (other['gt'], other['pred']) == (
            case['gt'],
            compressed,
        ):
            return other['expected']['stats']
    return evaluate_vis(_labels(case['gt']), compressed).stats()


def _assert_curve(found, wanted):
    """Precision of the first category at equally spaced recalls."""
    curve = found.precision[0, :, 0, 0, -1]
    points = np.linspace(0, len(curve) - 1, len(wanted)).astype(int)
    assert curve[points] == pytest.approx(wanted, rel=0, abs=TOLERANCE)


def _zeros(truth):
    """Nothing predicted: 0 wherever there is an object to be found."""
    found = evaluate_vis(_labels(truth), []).stats()
    assert found['AP'] == 0
    assert found['AR100'] == 0
    assert set(found.values()) <= {0, -1}
    return found


def _without_ids(truth):
    """The ground truth, but for the annotations' ids."""
    annotations = [{**ann, 'id': None} for ann in truth['annotations']]
    return {**truth, 'annotations': annotations}


def _compressed(case):
    """The predictions with each mask as compressed RLE."""
    sides = {v['id']: (v['height'], v['width']) for v in case['gt']['videos']}
    return [
        {
            **pred,
            'segmentations': [
                mask
                and _as_text(to_compressed(mask, *sides[pred['video_id']]))
                for mask in pred['segmentations']
            ],
        }
        for pred in case['pred']
    ]


def _as_text(rle):
    return {**rle, 'counts': rle['counts'].decode('ascii')}
