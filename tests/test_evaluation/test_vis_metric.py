"""The registered metric, in one process and in two."""

import json
import zipfile
from datetime import timedelta

import pytest
import torch
from mmdet.structures import DetDataSample, TrackDataSample
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData
from vis_cases import content, labels, random_case

from mmselfshot.evaluation.vis_metric import VISMetric, tracks_to_results
from mmselfshot.evaluation.vis_score import score_results, summarize
from mmselfshot.registry import METRICS
from mmselfshot.utils import UserError

CAT_IDS = (3, 1, 2)


@pytest.fixture(scope='module')
def case():
    return random_case(5, num_videos=5)


@pytest.fixture
def ann_file(case, tmp_path):
    path = tmp_path / 'val.json'
    path.write_text(json.dumps(content(*case[:2], CAT_IDS)))
    return str(path)


def _sample(results, video_id):
    """What the model gives for a video, as mmengine's dict."""
    of_video = [one for one in results if one['video_id'] == video_id]
    labels_ = [CAT_IDS.index(one['category_id']) for one in of_video]
    scores = [one['score'] for one in of_video]
    return {
        'video_id': video_id,
        'pred_tracks': {
            'scores': torch.tensor(scores, dtype=torch.float32),
            'labels': torch.tensor(labels_, dtype=torch.int64),
            'slots': torch.arange(len(of_video)),
            'segmentations': [one['segmentations'] for one in of_video],
        },
    }


def _metric(ann_file, **options):
    metric = VISMetric(ann_file, **options)
    metric.dataset_meta = {'cat_ids': CAT_IDS}
    return metric


def _ids(case):
    return [video['id'] for video in case[0]]


def test_is_registered_and_gives_the_numbers_of_the_pure_functions(
    case, ann_file
):
    """Through mmengine's evaluator, samples without tracks between."""
    metric = METRICS.build({'type': 'VISMetric', 'ann_file': ann_file})
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = {'cat_ids': CAT_IDS}
    for video_id in _ids(case):
        sample = _sample(case[2], video_id)
        whole = TrackDataSample(
            video_data_samples=[DetDataSample()],
            metainfo={'video_id': video_id},
        )
        evaluator.process([whole])
        whole.pred_tracks = InstanceData(**sample['pred_tracks'])
        evaluator.process([whole])
    found = evaluator.evaluate(99)
    scores = score_results(labels(*case[:2], CAT_IDS), case[2])
    wanted = summarize(scores, CAT_IDS)
    assert found == {f'vis/{name}': value for name, value in wanted.items()}
    assert 0 < found['vis/pooled_AP50'] < 1
    assert metric.results == []


def test_a_repeated_video_counts_once(case, ann_file):
    once, twice = _metric(ann_file), _metric(ann_file)
    samples = [_sample(case[2], video_id) for video_id in _ids(case)]
    once.process(None, samples)
    twice.process(None, samples[::-1] + samples[:2])
    assert twice.evaluate(5) == once.evaluate(5)


def test_result_file_and_submission_are_written(case, ann_file, tmp_path):
    metric = _metric(ann_file, outfile_prefix=str(tmp_path / 'out/results'))
    for _ in range(2):  # a second evaluation starts anew
        for video_id in _ids(case):
            metric.process(None, [_sample(case[2], video_id)])
        metric.evaluate(5)
    written = json.loads((tmp_path / 'out/results.json').read_text())
    wanted = sorted(case[2], key=lambda one: (one['video_id'], -one['score']))
    assert written == wanted
    with zipfile.ZipFile(tmp_path / 'out/results.zip') as archive:
        assert json.loads(archive.read('results.json')) == wanted
    assert len(list((tmp_path / 'out').iterdir())) == 2


def test_formatting_needs_no_annotations(case, tmp_path):
    truth = content(case[0], [], CAT_IDS) | {'annotations': None}
    path = tmp_path / 'val.json'
    path.write_text(json.dumps(truth))
    with pytest.raises(UserError, match='no annotations to score'):
        VISMetric(str(path))
    with pytest.raises(UserError, match='outfile_prefix'):
        VISMetric(str(path), format_only=True)
    metric = _metric(
        str(path), format_only=True, outfile_prefix=str(tmp_path / 'r')
    )
    metric.process(None, [_sample(case[2], _ids(case)[0])])
    assert metric.evaluate(5) == {}
    assert (tmp_path / 'r.zip').is_file()


def test_missing_videos_stop_count_as_missed_or_are_skipped(case, ann_file):
    given = _ids(case)[:2]
    results = [one for one in case[2] if one['video_id'] in given]
    videos = {
        'zero': case[0],
        'skip': [video for video in case[0] if video['id'] in given],
    }
    for missing, kept in videos.items():
        metric = _metric(ann_file, missing=missing)
        metric.process(None, [_sample(results, one) for one in given])
        truth = labels(kept, case[1], CAT_IDS)
        wanted = summarize(score_results(truth, results), CAT_IDS)
        found = metric.evaluate(5)
        assert found['vis/pooled_AP50'] == wanted['pooled_AP50']
        assert found['vis/track_iou'] == wanted['track_iou']
    metric = _metric(ann_file)
    metric.process(None, [_sample(results, one) for one in given])
    with pytest.raises(UserError, match='3 of 5 videos'):
        metric.evaluate(5)
    with pytest.raises(UserError, match="missing='no'"):
        VISMetric(ann_file, missing='no')


def test_unknown_video_is_named(case, ann_file):
    metric = _metric(ann_file)
    with pytest.raises(UserError, match='video 999'):
        metric.process(None, [_sample(case[2], 999)])


def test_class_table_is_logged(case, ann_file, capsys):
    metric = _metric(ann_file, classwise=True)
    metric.process(None, [_sample(case[2], one) for one in _ids(case)])
    metric.evaluate(5)
    text = capsys.readouterr().out
    assert all(f'kind {k}' in text for k in CAT_IDS)


def test_scores_are_not_rounded_and_ids_are_the_files_own():
    tracks = {
        'scores': torch.tensor([1 / 3, 0.5]),
        'labels': torch.tensor([2, 0]),
        'segmentations': [[None], [None]],
    }
    found = tracks_to_results(4, tracks, CAT_IDS)
    assert [one['category_id'] for one in found] == [3, 2]
    assert found[1]['score'] == torch.tensor(1 / 3).item()
    assert json.loads(json.dumps(found)) == found


def _run_rank(rank, ann_file, case, folder):
    """Uneven shares; rank 1 also repeats a video, as padding does."""
    torch.distributed.init_process_group(
        'gloo',
        f'file://{folder}/meet',
        timedelta(minutes=4),
        rank=rank,
        world_size=2,
    )
    ids = _ids(case)
    share = [ids[:4], [ids[4], ids[0]]][rank]
    metric = _metric(ann_file, outfile_prefix=f'{folder}/two')
    for video_id in share:
        metric.process(None, [_sample(case[2], video_id)])
    found = metric.evaluate(5)
    metric.process(None, [_sample(case[2], ids[0])] * (1 - rank))
    try:
        metric.evaluate(5)
    except UserError as error:
        found['error'] = str(error)
    with open(f'{folder}/rank{rank}.json', 'w') as file:
        json.dump(found, file)
    torch.distributed.destroy_process_group()


@pytest.mark.dist
def test_two_processes_give_the_same_numbers_and_files(
    case, ann_file, tmp_path
):
    metric = _metric(ann_file, outfile_prefix=str(tmp_path / 'one'))
    metric.process(None, [_sample(case[2], one) for one in _ids(case)])
    wanted = metric.evaluate(5)
    torch.multiprocessing.spawn(
        _run_rank, (ann_file, case, str(tmp_path)), nprocs=2
    )
    for rank in (0, 1):
        found = json.loads((tmp_path / f'rank{rank}.json').read_text())
        assert '4 of 5 videos' in found.pop('error')
        assert found == wanted
    written = (tmp_path / 'one.json').read_bytes()
    # the second, failing evaluation still wrote what there was
    assert json.loads((tmp_path / 'two.json').read_text()) == [
        one for one in json.loads(written) if one['video_id'] == _ids(case)[0]
    ]
    assert not list(tmp_path.glob('*.videos'))
