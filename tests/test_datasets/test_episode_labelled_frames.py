"""Episodes of sparse labels: only labelled frames teach and count."""

import numpy as np
import pytest
from tiny_episodes import HEIGHT, WIDTH, make_episodes, write_episodes

from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.evaluation import EpisodeMetric
from mmselfshot.evaluation.query_rows import make_query_row, pooled_ap50
from mmselfshot.evaluation.vis_metric import tracks_to_results
from mmselfshot.structures import encode_mask
from mmselfshot.utils import UserError


def build(folder, labelled, kinds=((1,), (1,), (1,)), **changes):
    """Masks stand in labelled frames alone; None: all are labelled."""
    content = make_episodes(kinds)
    for video, one, frames in zip(
        content['videos'], content['annotations'], labelled
    ):
        if frames is None:
            continue
        video['labelled_frames'] = frames
        one['segmentations'] = [
            mask if number in frames else None
            for number, mask in enumerate(one['segmentations'])
        ]
    given = write_episodes(folder, content)
    pack = [dict(type='PackEpisode')]
    return EpisodeDataset(**{'pipeline': pack, **given, **changes})


def test_training_cuts_queries_from_labelled_frames(tmp_path):
    """No frame of them is taken for one that shows no target."""
    dataset = build(tmp_path, ([4], [5, 1, 2, 3], None), num_supports=1)
    support_frames = set()
    for position in range(20):
        found = [dataset[SampleIndex(n, position, 0)] for n in range(3)]
        first, second, third = (one['data_samples'] for one in found)
        assert (first.frame_ids, first.num_frames) == ([4, 4, 4], 1)
        assert second.frame_ids in ([1, 2, 3], [2, 3, 5])
        assert third.frame_ids[2] - third.frame_ids[0] == 2
        for one in (first, second):
            assert one.gt_sequences.valid.all()
        query = found[1]['inputs']['query'][:, :, 0, 0]
        assert query[:, 0].tolist() == [2] * 3  # of video 2
        assert query[:, 1].tolist() == second.frame_ids
        for one in found[1:]:
            support = one['inputs']['supports'][0, :, :, 0, 0]
            support_frames |= {(int(v), int(t)) for v, t, _ in support}
    # of a support any frame is taken: it needs no mask
    assert {frame for video, frame in support_frames if video == 1} > {4}


def test_training_videos_without_labelled_frames_are_counted(tmp_path, capsys):
    dataset = build(tmp_path, ([], None, None))
    names = [dataset.get_data_info(n)['name'] for n in range(len(dataset))]
    assert names == ['v2', 'v3']
    assert '1 of 3 training videos have no labelled fr' in (
        capsys.readouterr().out
    )
    with pytest.raises(UserError, match='none of 2 training videos has a la'):
        build(tmp_path, ([], []), ((1,), (1,)))


def track(frames, left=0):
    """The box of the labels in these frames."""
    masks = np.zeros((3, HEIGHT, WIDTH), bool)
    masks[frames, 4:12, left : left + 4] = True
    return [encode_mask(one) for one in masks]


def test_frames_without_labels_do_not_count_in_a_test(tmp_path, capsys):
    """Query 1 is right where it is labelled, query 2 wrong.

    The best prediction of query 1 is seen in other frames only, and counts
    neither as right nor as wrong. Nothing counts of query 3, whose labels
    lie outside of the cut (frames 1 to 3).
    """
    dataset = build(
        tmp_path, ([2], [3, 5], [5]), test_mode=True, max_supports=0
    )
    assert '1 of 3 queries are predicted in frames' in capsys.readouterr().out
    truth = dataset.truth(has_others=True)
    labelled = [one['labelled_frames'] for one in truth.videos.values()]
    assert labelled == [[1], [2], []]
    assert [len(one) for one in truth.annotations.values()] == [1, 1, 0]
    metric = EpisodeMetric(dataset.ann_file)
    metric.dataset_meta = dataset.metainfo
    predicted = (
        ([0.9, 0.8], [track([0]), track([1])]),
        ([0.7], [track([0, 1, 2], 9)]),
        ([1.0], [track([0, 1, 2])]),
    )
    rows = []
    for (video_id, video), (scores, masks) in zip(
        truth.videos.items(), predicted
    ):
        tracks = {
            'scores': np.array(scores),
            'labels': np.zeros(len(scores), int),
            'segmentations': masks,
        }
        metric.process(None, [{'video_id': video_id, 'pred_tracks': tracks}])
        results = tracks_to_results(video_id, tracks, [1])
        many = truth.annotations[video_id]
        rows.append(make_query_row(video, [1], many, results))
    assert rows[0].ious == [[1.0]]
    expected = pytest.approx(51 / 101)  # one of two targets, found first
    assert metric.evaluate(3)['vis/fgbg_AP50'] == expected
    assert pooled_ap50([one.matches() for one in rows]) == expected
