"""Tests of many files of supports: as without caches, with less work."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from PIL import Image
from tiny_episodes import make_episodes, write_episodes, write_pairs
from tiny_selfshot import TINY, build_tiny

from mmselfshot.apis.episode_tester import EpisodeTester
from mmselfshot.evaluation.query_rows import make_query_row
from mmselfshot.evaluation.vis_metric import tracks_to_results

MODEL = TINY | dict(data_preprocessor=dict(type='EpisodePreprocessor'))


def make_tester(folder, **changes):
    """Videos 4 and 5 show a hen, and 3 too, beside a cat; frames are noise."""
    kinds = ((1,), (2,), (3, 1), (3,), (3,))
    files = write_episodes(folder, make_episodes(kinds))
    made = np.random.default_rng(0)
    for path in sorted((folder / 'frames').rglob('*.png')):
        pixels = made.integers(0, 256, (16, 24, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    pairs = write_pairs(
        folder / 'pairs.json',
        [(3, [3], ['v4', 'v5']), (4, [3], ['v5', 'v3'])],
    )
    dataset = dict(
        type='EpisodeDataset',
        pairs=pairs,
        split=str(folder / 'split.json'),
        test_mode=True,
        pipeline=[dict(type='PackEpisode')],
        **files,
    )
    model = build_tiny(**MODEL, **changes)
    torch.save({'state_dict': model.state_dict()}, folder / 'w.pth')
    cfg = Config(
        dict(model=MODEL | changes, test_dataloader=dict(dataset=dataset))
    )
    return EpisodeTester(cfg, folder / 'w.pth')


def plain_rows(tester, dataset):
    """The same, sample by sample, as a test loop does it."""
    truth = dataset.truth(has_others=True)
    rows = []
    for index in range(len(dataset)):
        batch = pseudo_collate([dataset[index]])
        (sample,) = tester.model.test_step(batch)
        record = dataset.get_data_info(index)
        tracks = tracks_to_results(
            record['video_id'], sample.pred_tracks, [1, 2, 3]
        )
        rows.append(
            make_query_row(
                truth.videos[record['video_id']],
                record['category_ids'],
                truth.annotations[record['video_id']],
                tracks,
            )
        )
    return rows


@pytest.mark.parametrize(
    'options',
    [
        dict(max_supports=2),
        dict(max_supports=1),
        dict(max_supports=2, support_frames=1),
        dict(max_supports=0),
        dict(max_supports=2, support_mode='middle_frame'),
        dict(max_supports=2, support_mode='zeros'),
        dict(max_supports=2, support_mode='noise'),
        dict(num_supports=2, support_mode='temporal_segments'),
        dict(max_supports=2, num_frames=5),  # through windows of 3
        dict(max_supports=2, num_frames=2),
        dict(max_supports=0, protocol='full'),
    ],
    ids=str,
)
def test_rows_are_those_of_a_plain_test(tmp_path, options):
    tester = make_tester(tmp_path)
    dataset = tester.dataset(**options)
    tester.test(tester.dataset(max_supports=2))  # leaves its caches
    found, plain = tester.test(dataset), plain_rows(tester, dataset)
    assert len(found) == 2 and any(found[0].scores)
    for one, other in zip(found, plain):
        assert one.scores == pytest.approx(other.scores, abs=1e-5)
        assert one.ious == other.ious
        assert (one.kinds, one.is_target) == (other.kinds, other.is_target)
    assert found[0].kinds == [3]  # seen kinds are background


def test_joint_supports_are_encoded_together(tmp_path):
    tester = make_tester(tmp_path, support_encoding='joint')
    dataset = tester.dataset(max_supports=2)
    (one, _), (other, _) = tester.test(dataset), plain_rows(tester, dataset)
    assert one.scores == pytest.approx(other.scores, abs=1e-5)


def test_nothing_is_read_or_encoded_twice(tmp_path):
    tester = make_tester(tmp_path)
    tester.test(tester.dataset(max_supports=2))
    assert tester._supports.num_misses == 3  # v3, v4 and v5
    for path in (tmp_path / 'frames').rglob('*.png'):
        path.unlink()
    rows = tester.test(tester.dataset(max_supports=1))
    assert len(rows) == 2 and tester._supports.num_misses == 3


def assert_rows_of_a_plain_test(tester, dataset):
    found, plain = tester.test(dataset), plain_rows(tester, dataset)
    for one, other in zip(found, plain, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-5)
        assert one.ious == other.ious


def test_another_file_of_pairs_has_queries_of_its_own(tmp_path):
    """The second row of each is episode 6, of video 3, then of video 4."""
    tester = make_tester(tmp_path)
    for video, other in ((3, 'v5'), (4, 'v3')):
        rows = [(video, [3], ['v5']), (video, [3], [other])]
        pairs = write_pairs(tmp_path / f'{video}.json', rows)
        assert_rows_of_a_plain_test(tester, tester.dataset(pairs=pairs))


def test_another_cut_is_another_query(tmp_path):
    tester = make_tester(tmp_path)
    for seed in range(4):
        dataset = tester.dataset(max_supports=1, cut_seed=seed)
        assert_rows_of_a_plain_test(tester, dataset)


def test_another_pool_has_supports_of_its_own(tmp_path):
    """A clip goes before a video of its name."""
    tester = make_tester(tmp_path)
    assert_rows_of_a_plain_test(tester, tester.dataset(max_supports=1))
    clip = tmp_path / 'pool/v4/0.png'
    clip.parent.mkdir(parents=True)
    Image.new('RGB', (24, 16), (0, 90, 200)).save(clip)
    dataset = tester.dataset(max_supports=1, pool=str(tmp_path / 'pool'))
    assert_rows_of_a_plain_test(tester, dataset)
