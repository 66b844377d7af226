"""Episodes: who supports whom, which frames, and what is refused."""

import json

import pytest
import torch
from mmengine.dataset import pseudo_collate
from PIL import Image
from tiny_episodes import make_episodes, write_episodes, write_pairs

from mmselfshot.datasets import episode_form
from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.datasets.samplers import VideoTestSampler
from mmselfshot.models.data_preprocessors import EpisodePreprocessor
from mmselfshot.utils import UserError

PACK = [dict(type='PackEpisode')]


def build(given, **changes):
    return EpisodeDataset(**{'pipeline': PACK, **given, **changes})


def videos_of(clips):
    """Ids of videos; the frames say whose they are."""
    return [int(clip[0, 0, 0, 0]) for clip in clips]


def frames_of(clip):
    return clip[:, 1, 0, 0].tolist()


@pytest.fixture
def given(tmp_path):
    return write_episodes(tmp_path)


def test_supports_of_training_share_the_kind_and_are_other_videos(given):
    """Cats: videos 1 to 3; dogs: 4 and 5, where one support comes twice."""
    dataset = build(given)
    for position in range(10):
        for index, others in ((0, {2, 3}), (3, {5})):
            sample = dataset[SampleIndex(index, position, 7)]
            inputs, packed = sample['inputs'], sample['data_samples']
            assert inputs['query'].shape == (3, 3, 16, 24)
            assert inputs['supports'].shape == (2, 2, 3, 16, 24)
            assert videos_of([inputs['query']]) == [index + 1]
            assert set(videos_of(inputs['supports'])) == others
            assert packed.support_names == [
                f'v{one}' for one in videos_of(inputs['supports'])
            ]
            assert packed.category_ids == [1 if index == 0 else 2]
    again = dataset[SampleIndex(3, 9, 7)]
    assert torch.equal(again['inputs']['query'], inputs['query'])
    assert torch.equal(again['inputs']['supports'], inputs['supports'])


def test_a_repeated_support_has_other_frames(given):
    dataset = build(given)
    draws = [dataset[SampleIndex(3, n, 0)]['inputs'] for n in range(8)]
    pairs = [[frames_of(clip) for clip in one['supports']] for one in draws]
    assert any(first != second for first, second in pairs)
    for clips in pairs:
        for first, second in clips:
            assert first < 3 <= second  # one of each half of six frames


def test_masks_are_those_of_the_targets_alone(tmp_path):
    """Video 1: a cat, target, at columns 0 to 3; a dog at 6 to 9."""
    content = make_episodes([(1, 2), (1,), (2, 1), (2,)])
    dataset = build(write_episodes(tmp_path, content))
    sample = dataset[SampleIndex(0, 3, 1)]
    packed = sample['data_samples']
    found = packed.gt_sequences
    assert len(found) == 1
    is_shown = [number > 0 for number in packed.frame_ids]
    assert found.valid[0].tolist() == is_shown
    assert found.masks[0, -1].sum() == 4 * 8
    assert found.masks[0, -1, 4:12, :4].all()
    box = torch.tensor([2 / 24, 8 / 16, 4 / 24, 8 / 16])
    torch.testing.assert_close(found.boxes[0, -1], box)
    assert not packed.ignored_mask.any()


def test_a_video_whose_kind_no_other_shows_is_left_out(tmp_path):
    content = make_episodes([(1,), (1,), (2,)])
    dataset = build(write_episodes(tmp_path, content))
    assert len(dataset) == 2
    with pytest.raises(UserError, match='none of 2 training videos shares'):
        build(write_episodes(tmp_path, make_episodes([(1,), (2,)])))


@pytest.mark.parametrize(
    ('non_targets', 'share'), [('background', 0), ('ignored', 32 * 3)]
)
def test_a_test_class_is_no_target(tmp_path, non_targets, share):
    """A hen, unseen, runs through video 1 at columns 6 to 9."""
    given = write_episodes(tmp_path, make_episodes([(1, 3), (1,)]))
    split = str(tmp_path / 'split.json')
    dataset = build(
        given, split=split, non_targets=non_targets, num_supports=1
    )
    for position in range(20):
        packed = dataset[SampleIndex(0, position, 0)]['data_samples']
        if 0 not in packed.frame_ids:
            break
    assert len(packed.gt_sequences) == 1
    assert packed.ignored_mask.sum() == share


def test_a_test_class_as_target_of_training_is_refused_by_name(tmp_path):
    content = make_episodes([(3, 1), (3,), (1,), (1,)])
    given = write_episodes(tmp_path, content)
    given['split'] = str(tmp_path / 'split.json')
    with pytest.raises(UserError, match=r"video 1 .* 'hen', a test class"):
        build(given)
    for video in content['videos'][:2]:
        video['target_ids'] = [1]
    write_episodes(tmp_path, content)
    with pytest.raises(UserError, match="class 'hen' is a test class"):
        build(given, target_classes=['hen'])
    pairs = write_pairs(tmp_path / 'pairs.json', [(1, [3], ['v2', 'v3'])])
    with pytest.raises(UserError, match="query 'v1' has the target 'hen'"):
        build(given, pairs=pairs)
    with pytest.raises(UserError, match="part='test' in training"):
        build(given, part='test', target_classes=['hen'])
    tested = build(
        given,
        part='test',
        target_classes=['cat'],
        test_mode=True,
        max_supports=0,
    )
    assert len(tested) == 4
    with pytest.raises(UserError, match=r'and pairs=.*leave one out'):
        build(given, pairs=pairs, target_classes=['cat'])


def test_pairs_are_fixed_and_prefixes_are_kept(given, tmp_path):
    rows = [(1, [1], ['v3', 'v2', 'v5']), (4, [2], ['v5'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    dataset = build(given, test_mode=True, needs_masks=True)
    sample = dataset[0]
    assert videos_of(sample['inputs']['supports']) == [3, 2, 5]
    # the middle of six frames cut to three, and of their two halves
    assert sample['data_samples'].frame_ids == [1, 2, 3]
    assert frames_of(sample['inputs']['query']) == [1, 2, 3]
    assert frames_of(sample['inputs']['supports'][0]) == [1, 4]
    assert len(sample['data_samples'].gt_sequences) == 1
    assert videos_of(dataset[1]['inputs']['supports']) == [5]
    one = build(given, test_mode=True, max_supports=1)
    assert videos_of(one[0]['inputs']['supports']) == [3]
    none = build(given, test_mode=True, max_supports=0)[0]
    assert none['inputs']['supports'].shape[0] == 0
    assert 'gt_sequences' not in none['data_samples']
    with pytest.raises(UserError, match='has no pairs; make the file'):
        build({**given, 'pairs': None}, test_mode=True)


def test_supports_of_a_pool_and_images(given, tmp_path):
    """A folder of frames of another size, and one single picture."""
    for name, count in (('clip', 4), ('still', 1)):
        for number in range(count):
            path = tmp_path / 'pool' / name / f'{number}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new('RGB', (12, 8), (100 + number, 0, 0)).save(path)
    rows = [(1, [1], ['clip', 'still', 'v2'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    given |= {'test_mode': True, 'pool': str(tmp_path / 'pool')}
    resize = dict(type='ResizeEpisode', size=(16, 24))
    sample = build(given, pipeline=[resize, *PACK])[0]
    supports = sample['inputs']['supports']
    assert supports.shape == (3, 2, 3, 16, 24)
    assert supports[0, :, 0, 0, 0].tolist() == [101, 103]
    assert supports[1, :, 0, 0, 0].tolist() == [100, 100]
    with pytest.raises(UserError, match='support clip is 12x8, its query 24'):
        build(given)[0]
    with pytest.raises(UserError, match="support 'clip' of query 'v1' is nei"):
        build(given, pool=None)
    (tmp_path / 'pool/clip/1.png').write_bytes(b'')
    with pytest.raises(UserError, match=r'support clip: .*cannot be read'):
        build(given, pipeline=[resize, *PACK])[0]


def test_controls_in_the_place_of_supports(given, tmp_path):
    rows = [(1, [1], ['v3', 'v2'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    given['test_mode'] = True
    zeros = build(given, support_mode='zeros')[0]['inputs']['supports']
    assert zeros.shape == (2, 2, 3, 16, 24) and not zeros.any()
    noise = build(given, support_mode='noise')
    drawn = noise[0]['inputs']['supports']
    assert drawn.shape == (2, 2, 3, 16, 24) and drawn.float().std() > 60
    assert not torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn, noise[0]['inputs']['supports'])
    middle = build(given, support_mode='middle_frame')[0]['inputs']['supports']
    assert middle.shape[:2] == (2, 1)
    assert frames_of(middle[0]) == [3] and videos_of(middle) == [3, 2]
    with pytest.raises(UserError, match="support_mode='none'; expected one"):
        build(given, support_mode='none')


@pytest.mark.parametrize('mode', ['temporal_segments', 'spatial_segments'])
def test_parts_of_the_query_as_supports(given, mode):
    del given['num_supports']
    resize = dict(type='ResizeEpisode', size=(16, 24))
    dataset = build(
        given,
        test_mode=True,
        support_mode=mode,
        num_supports=3,
        pipeline=[resize, *PACK],
    )
    supports = dataset[4]['inputs']['supports']
    assert videos_of(supports) == [5, 5, 5]
    assert torch.equal(supports, dataset[4]['inputs']['supports'])
    columns = [clip[0, 2, 0].float() for clip in supports]
    if mode == 'spatial_segments':
        assert all(line[-1] - line[0] < 20 for line in columns)
        assert frames_of(supports[0]) == [1, 4]
    else:
        assert all(line[-1] - line[0] == 23 for line in columns)
        times = [frames_of(clip) for clip in supports]
        assert all(last - first <= 2 for first, last in times)
        starts = {
            frames_of(clip)[0]
            for query in dataset
            for clip in query['inputs']['supports']
        }
        assert min(starts) < 2 and max(starts) > 2


def test_a_short_query_goes_on_with_its_last_frame(given, tmp_path):
    rows = [(1, [1], ['v2'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    given |= {'test_mode': True, 'num_frames': 8}
    dataset = build(given, needs_masks=True)
    sample = dataset[0]
    assert frames_of(sample['inputs']['query']) == [0, 1, 2, 3, 4, 5, 5, 5]
    packed = sample['data_samples']
    assert packed.num_frames == 6
    truth = dataset.truth()
    assert truth.videos[1]['length'] == 6
    assert len(truth.annotations[1][0]['segmentations']) == 6
    assert packed.gt_sequences.valid[0].tolist() == [False] + [True] * 7


def test_protocols_cut_query_and_truth(given, tmp_path):
    rows = [(1, [1], ['v2']), (1, [2], ['v4']), (4, [2], ['v5'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    given['test_mode'] = True
    dataset = build(given)
    truth = dataset.truth()
    # the second episode of video 1 gets an id of its own
    assert list(truth.videos) == [1, 6, 4]
    ids = [dataset[n]['data_samples'].video_id for n in range(3)]
    assert ids == [1, 6, 4]
    assert truth.videos[1]['length'] == 3
    assert [len(many) for many in truth.annotations.values()] == [1, 0, 1]
    truth.save(tmp_path / 'truth.json')
    full = build(given, protocol='full')
    assert full[0]['inputs']['query'].shape[0] == 6
    assert full.truth().videos[4]['length'] == 6
    cuts = {
        tuple(build(given, cut_seed=n)[0]['data_samples'].frame_ids)
        for n in range(8)
    }
    assert len(cuts) > 1 and all(b - a == 1 for a, b, _ in cuts)
    of_names = [
        {build(given, cut_seed=n)[i]['data_samples'].frame_ids[0]}
        for n in range(8)
        for i in (0, 2)
    ]
    assert of_names[::2] != of_names[1::2]
    training = {**given, 'test_mode': False, 'num_supports': 1}
    trained = build(training, protocol='full')
    assert trained[SampleIndex(0, 0, 0)]['inputs']['query'].shape[0] == 3
    sampler = VideoTestSampler(dataset)
    assert list(sampler) == [0, 1, 2]


@pytest.mark.parametrize('mode', ['video', 'zeros', 'spatial_segments'])
def test_resizing_while_reading_changes_nothing(
    given, tmp_path, mode, monkeypatch
):
    rows = [(1, [1], ['v2', 'v3'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    given |= {'test_mode': True, 'protocol': 'full', 'support_mode': mode}
    resize = dict(type='ResizeEpisode', size=(8, 10))
    late = [dict(type='FlipEpisode', prob=0), resize, *PACK]
    wanted = build(given, pipeline=late)[0]
    monkeypatch.setattr(episode_form, '_PART', 4)
    lengths = record_lengths(monkeypatch)
    found = build(given, pipeline=[resize, *PACK])[0]
    assert lengths[:2] == [4, 2]  # six frames, never more than a part
    for name, clip in wanted['inputs'].items():
        assert torch.equal(found['inputs'][name], clip)
    assert found['inputs']['query'].shape == (6, 3, 8, 10)
    packed = found['data_samples']
    assert packed.ori_shape == (16, 24) and packed.img_shape == (8, 10)


def record_lengths(monkeypatch):
    """Frames of each clip that is read for a query."""
    lengths, read = [], episode_form.read_frames

    def read_some(paths, numbers):
        lengths.append(len(numbers))
        return read(paths, numbers)

    monkeypatch.setattr(episode_form, 'read_frames', read_some)
    return lengths


def test_several_targets_take_turns(tmp_path):
    """Video 1 shows cats and dogs; two supports let both be targets."""
    content = make_episodes([(1, 2), (1,), (2,), (1,)], has_targets=False)
    given = write_episodes(tmp_path, content)
    sample = build(given)[SampleIndex(0, 0, 0)]
    assert sample['data_samples'].category_ids == [1, 2]
    first, second = videos_of(sample['inputs']['supports'])
    assert first in (2, 4) and second == 3
    assert len(sample['data_samples'].gt_sequences) == 2
    one = build(given, num_supports=1)
    kinds = {
        one[SampleIndex(0, n, 0)]['data_samples'].category_ids[0]
        for n in range(8)
    }
    assert kinds == {1, 2}


def test_two_videos_of_one_name_are_refused(tmp_path):
    """Only where supports are asked for by their names."""
    content = make_episodes()
    for number, video in enumerate(content['videos']):
        video['file_names'] = [f'{number}{t}.png' for t in range(6)]
    given = write_episodes(tmp_path, content)
    for options in ({}, {'test_mode': True}):
        with pytest.raises(UserError, match=r"1 and 2 of .* called '\.'; put"):
            build(given, **options)
    for options in (
        {'max_supports': 0, 'test_mode': True},
        {'num_supports': 0},
    ):
        assert len(build(given, **options)) == 5
    for number, video in enumerate(content['videos']):
        video['name'] = f'video {number}'
    named = build(write_episodes(tmp_path, content))[SampleIndex(3, 0, 0)]
    assert named['data_samples'].support_names == ['video 4'] * 2


def test_other_files_are_one_line(given, tmp_path):
    rows = [(9, [1], ['v2'])]
    given['pairs'] = write_pairs(tmp_path / 'pairs.json', rows)
    with pytest.raises(UserError, match="query 'v9' as video 9, which is not"):
        build(given, test_mode=True)
    with pytest.raises(UserError, match='max_supports=-1; expected 0 or mor'):
        build(given, test_mode=True, max_supports=-1)
    pairs = write_pairs(tmp_path / 'other.json', [(1, [9], ['v2'])])
    with pytest.raises(UserError, match="'v1' has the target 9, which is no"):
        build(given, test_mode=True, pairs=pairs)
    with pytest.raises(UserError, match='expected 1 or more frames'):
        build(given, num_frames=0)
    with pytest.raises(UserError, match="no split 'mine'; expected one of"):
        build(given, split='mine')
    (tmp_path / 'split.json').write_text(json.dumps({'seen': []}))
    with pytest.raises(UserError, match='does not name seen and unseen'):
        build(given, split=str(tmp_path / 'split.json'))


def test_a_batch_is_stacked_and_normalised(given):
    dataset = build(given)
    samples = [dataset[SampleIndex(n, n, 0)] for n in (0, 3)]
    mean, std = (1.0, 2.0, 3.0), (2.0, 2.0, 4.0)
    batch = EpisodePreprocessor(mean, std)(pseudo_collate(samples))
    query = batch['inputs']['query']
    assert query.shape == (2, 3, 3, 16, 24)
    assert batch['inputs']['supports'].shape == (2, 2, 2, 3, 16, 24)
    assert query[1, 0, 0, 0, 0] == (4 - 1) / 2
    assert query[0, 0, 2, 5, 7] == (7 - 3) / 4
    packed = batch['data_samples'][0]
    assert packed.gt_sequences.masks.shape[1:] == (3, 16, 24)
    assert packed.ignored_mask.shape == (3, 16, 24)
    samples[1]['inputs']['supports'] = samples[1]['inputs']['supports'][:1]
    unlike = EpisodePreprocessor()(pseudo_collate(samples))
    assert [one.shape[1] for one in unlike['inputs']['supports']] == [2, 1]
    samples[0]['inputs']['supports'] = samples[0]['inputs']['supports'][:0]
    alone = EpisodePreprocessor()(pseudo_collate(samples[:1]))
    assert alone['inputs']['supports'] is None
