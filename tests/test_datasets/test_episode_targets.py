"""What of a query is a target, what is ignored, and in which frames."""

from pathlib import Path

from PIL import Image
from tiny_episodes import make_episodes, write_episodes, write_pairs
from tiny_videos import box_rle

from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.randomness import SampleIndex


def build(given, **changes):
    pipeline = [dict(type='PackEpisode')]
    return EpisodeDataset(**{'pipeline': pipeline, **given, **changes})


def without_first_frame(dataset):
    for position in range(40):
        packed = dataset[SampleIndex(0, position, 0)]['data_samples']
        if 0 not in packed.frame_ids:
            return packed
    raise AssertionError('every cut had frame 0')


def test_a_training_cut_shows_its_target(tmp_path):
    """Of 6 frames only the last does."""
    content = make_episodes()
    for one in content['annotations']:
        one['segmentations'][:5] = [None] * 5
    dataset = build(write_episodes(tmp_path, content))
    for position in range(10):
        packed = dataset[SampleIndex(0, position, 0)]['data_samples']
        assert packed.frame_ids == [3, 4, 5]
        assert packed.gt_sequences.valid.tolist() == [[False, False, True]]


def test_a_crowd_is_ignored_but_for_the_target_in_it(tmp_path):
    """A crowd at columns 2 to 7, the cat at 0 to 3; 8 rows, 3 frames."""
    content = make_episodes([(1, 1), (1,)], has_targets=False)
    content['annotations'][1] |= {
        'iscrowd': 1,
        'segmentations': [None] + [box_rle((2, 4, 8, 12), 16, 24)] * 5,
    }
    given = write_episodes(tmp_path, content)
    packed = without_first_frame(
        build(given, num_supports=1, non_targets='ignored')
    )
    assert len(packed.gt_sequences) == 1
    assert packed.ignored_mask.sum() == 4 * 8 * 3
    assert packed.ignored_mask[:, 4:12, 4:8].all()


def test_another_instance_of_the_kind_may_be_no_target(tmp_path):
    given = write_episodes(tmp_path, make_episodes([(1, 1), (1,)]))
    packed = without_first_frame(build(given, num_supports=1))
    assert len(packed.gt_sequences) == 1


def test_a_drawn_cut_of_a_test_is_that_of_its_truth(tmp_path):
    given = write_episodes(tmp_path)
    rows = [(1, [1], ['v2']), (4, [2], ['v5'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    for seed in range(8):
        dataset = build(given, test_mode=True, cut_seed=seed)
        truth = dataset.truth()
        for index, video_id in enumerate((1, 4)):
            ids = dataset[index]['data_samples'].frame_ids
            names = truth.videos[video_id]['file_names']
            assert [int(Path(one).stem) for one in names] == ids
            (one,) = truth.annotations[video_id]
            shown = [mask is not None for mask in one['segmentations']]
            assert shown == [frame > 0 for frame in ids]


def test_a_clip_goes_before_a_video_and_labels_are_indices(tmp_path):
    given = write_episodes(tmp_path)
    path = tmp_path / 'pool/v5/0.png'
    path.parent.mkdir(parents=True)
    Image.new('RGB', (24, 16), (100, 0, 0)).save(path)
    rows = [(4, [2], ['v5'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    dataset = build(given, test_mode=True, pool=str(tmp_path / 'pool'))
    sample = dataset[0]
    assert sample['inputs']['supports'][:, 0, 0, 0, 0].tolist() == [100]
    assert sample['data_samples'].labels == [1]  # dog is second of three
