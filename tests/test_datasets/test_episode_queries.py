"""What the log says of the queries of an episode data set."""

import pytest
from tiny_episodes import make_episodes, write_episodes, write_pairs

from mmselfshot.datasets.episode_dataset import EpisodeDataset


@pytest.mark.parametrize(
    ('kinds', 'count'),
    [
        (((1, 2, 3), (1, 3), (2,)), '2 instances of test classes are in 2'),
        (((1, 2), (1,), (2,), (3,)), '0 instances of test classes are in 0'),
    ],
    ids=['some', 'none'],
)
def test_instances_of_test_classes_are_counted(tmp_path, capsys, kinds, count):
    """Hens, unseen, are in videos 1 and 2, or in no training video.

    Of all videos three are trained on, of the pairs videos 1 and 2.
    """
    content = make_episodes(kinds, has_targets=False)
    given = write_episodes(tmp_path, content)
    given |= {'split': str(tmp_path / 'split.json'), 'num_supports': 1}
    rows = [(1, [1], ['v2']), (1, [2], ['v3']), (2, [1], ['v1'])]
    pairs = write_pairs(tmp_path / 'pairs.json', rows)
    for options, total in (
        ({'has_mixed_videos': True, 'non_targets': 'ignored'}, 3),
        ({'pairs': pairs, 'non_targets': 'ignored'}, 2),
    ):
        EpisodeDataset(**given, **options)
        lines = capsys.readouterr().out.splitlines()
        (line,) = (one for one in lines if 'instances of test' in one)
        assert f'{count} of {total} training videos of ' in line
        assert line.endswith('they are no targets but ignored')


def test_without_unseen_classes_nothing_is_said_of_them(tmp_path, capsys):
    EpisodeDataset(**write_episodes(tmp_path))
    assert 'test classes' not in capsys.readouterr().out


def test_queries_without_supports_are_counted(tmp_path, capsys):
    content = make_episodes(((1, 2), (1,), (2,)), has_targets=False)
    given = write_episodes(tmp_path, content)
    rows = [(1, [1], ['v2']), (1, [2], ['v3']), (2, [1], [])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    for options, is_said in (({}, True), ({'max_supports': 0}, False)):
        dataset = EpisodeDataset(**given, **options, test_mode=True)
        assert len(dataset) == 3
        text = capsys.readouterr().out
        line = '1 of 3 queries have no support and are segmented without'
        assert (line in text) == is_said


def test_videos_whose_classes_no_other_shows_are_counted(tmp_path, capsys):
    content = make_episodes(((1,), (1,), (2,)))
    assert len(EpisodeDataset(**write_episodes(tmp_path, content))) == 2
    assert (
        '1 of 3 training videos share their classes with no other video and '
        'are no queries'
    ) in capsys.readouterr().out


def test_pairs_of_other_targets_are_counted(tmp_path, capsys):
    """Video 1 is for cats now; the file of pairs is older."""
    given = write_episodes(tmp_path, make_episodes([(1,), (1,), (2,)]))
    for rows, num in (
        ([(1, [2], ['v2']), (3, [2], ['v1'])], 1),
        ([(1, [1], ['v2']), (3, [2], ['v1'])], 0),
    ):
        given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
        EpisodeDataset(**given, test_mode=True)
        text = capsys.readouterr().out
        assert ('1 of 2 pairs ask for a class that is no' in text) is (num > 0)
        assert ('make that again' in text) is (num > 0)
