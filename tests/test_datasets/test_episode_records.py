"""What is kept of each query, and which classes may be its targets."""

from tiny_episodes import make_episodes, write_episodes

from mmselfshot.datasets.benchmark_splits import BenchmarkSplit
from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.episode_records import make_record, records_of_pairs
from mmselfshot.datasets.episode_targets import find_targets
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.datasets.support_pairs import SupportPair

SPLIT = BenchmarkSplit(
    'toyvis', '', {'cat': 1, 'dog': 2}, {'hen': 3}, single_class=False
)


def labels_of(tmp_path, content):
    return LabelFile.load(write_episodes(tmp_path, content)['ann_file'])


def test_all_that_is_shown_is_known_and_a_clip_has_the_source_of_its_video(
    tmp_path,
):
    content = make_episodes([(1, 2, 3), (1,)], has_targets=False)
    content['videos'][0]['source'] = 'film'
    labels = labels_of(tmp_path, content)
    first, second = (make_record(labels, n, [1], foreign=[3]) for n in (1, 2))
    assert (first['source'], second['source']) == ('film', 'v2')
    assert first['shown_ids'] == {1, 2, 3}
    kept = [(one['category_id'], one['role']) for one in first['annotations']]
    assert kept == [(1, 'target'), (3, 'foreign')]


def test_later_episodes_of_a_video_get_free_ids(tmp_path):
    content = make_episodes([(1, 2), (1,)], has_targets=False)
    content['videos'][1]['id'] = content['annotations'][2]['video_id'] = 9
    labels = labels_of(tmp_path, content)
    pairs = [
        SupportPair(number, name, [target], [])
        for number, name, target in ((1, 'v1', 1), (9, 'v2', 1), (1, 'v1', 2))
    ]
    ids = [one['video_id'] for one in records_of_pairs(labels, pairs)]
    assert ids == [1, 9, 10]


def test_a_class_that_is_a_crowd_alone_is_no_target(tmp_path):
    content = make_episodes([(1, 2), (2,)], has_targets=False)
    content['annotations'][1]['iscrowd'] = 1
    labels = labels_of(tmp_path, content)
    assert find_targets(labels, None, 'train') == {1: [1], 2: [2]}


def test_mixed_videos_are_those_of_training(tmp_path):
    """Video 1 shows a cat and a hen, which is unseen; video 2 a hen."""
    labels = labels_of(
        tmp_path, make_episodes([(1, 3), (3,), (2,)], has_targets=False)
    )
    for is_mixed, wanted in ((False, {3: [2]}), (True, {1: [1], 3: [2]})):
        found = find_targets(labels, SPLIT, 'train', None, is_mixed)
        assert found == wanted
        found = find_targets(labels, SPLIT, 'test', None, is_mixed)
        assert found == {1: [3], 2: [3]}


def test_only_instances_of_the_drawn_target_are_true(tmp_path):
    """Video 1 shows cat and dog, and one support asks for one of them."""
    content = make_episodes([(1, 2), (1,), (2,)], has_targets=False)
    given = write_episodes(tmp_path, content)
    given |= {'pipeline': [dict(type='PackEpisode')], 'num_supports': 1}
    dataset, columns = EpisodeDataset(**given), {1: 0, 2: 6}
    asked = set()
    for position in range(12):
        packed = dataset[SampleIndex(0, position, 0)]['data_samples']
        (target,) = packed.category_ids
        asked.add(target)
        assert len(packed.gt_sequences) == 1
        shown = packed.gt_sequences.masks[0].any(0).any(0).nonzero()
        assert shown[0].item() == columns[target]
    assert asked == {1, 2}
