"""Crops of the videos of a pool."""

import pytest
import torch
from tiny_pool import grey, write_folder
from tiny_retriever import write_pool
from torch.utils.data import DataLoader

from mmselfshot.datasets import PoolClipDataset, SampleIndex
from mmselfshot.utils import UserError

CUT = dict(type='ClipAugmentation', size=(16, 24))


def pool_of_levels(root, num_frames=10):
    """Three clips of two sources; frame f of clip c is at 80 c + 8 f."""
    for clip in range(3):
        images = [grey(80 * clip + 8 * f) for f in range(num_frames)]
        write_folder(root / f'c{clip}', images)
    path = root / 'pool.csv'
    path.write_text('c0,,,a\nc1,,,a\nc2,,,b\n')
    return path


def levels(sample):
    """(V, T) grey levels."""
    return sample['inputs'].float().mean((2, 3, 4)).round().long()


def draw(index, position=0, seed=0):
    return SampleIndex(index, position, seed)


def test_sample_holds_crops_of_one_clip(tmp_path):
    """Windows of 4 of 10 frames, two frames each, the second third apart."""
    dataset = PoolClipDataset(
        pool_of_levels(tmp_path), num_crops=3, num_frames=2, crop_share=0.4
    )
    assert len(dataset) == 3
    sample = dataset[draw(1)]
    assert sample['inputs'].shape == (3, 2, 3, 32, 48)
    assert sample['inputs'].dtype == torch.uint8
    frames = (levels(sample) - 80) // 8
    assert (frames[:, 1] - frames[:, 0] == 2).all()
    starts = (frames[:, 0] - 1).tolist()  # of 7, each third has its crop
    low, high = [0, 2, 4], [2, 4, 6]
    assert all(a <= s <= b for a, s, b in zip(low, starts, high))


def test_clips_of_one_source_share_their_id(tmp_path):
    dataset = PoolClipDataset(pool_of_levels(tmp_path), repeat=2)
    ids = [int(dataset[draw(i)]['video_ids']) for i in range(len(dataset))]
    assert ids == [0, 0, 1, 0, 0, 1]


def test_crops_of_a_source_come_from_all_of_its_clips(tmp_path):
    dataset = PoolClipDataset(
        pool_of_levels(tmp_path),
        num_crops=3,
        num_frames=1,
        positives='source',
    )
    assert len(dataset) == 2
    seen = set()
    for position in range(6):
        clips = (levels(dataset[draw(0, position)]) // 80).flatten().tolist()
        assert sorted(set(clips)) == [0, 1]
        seen.add(clips.count(0))
    assert seen == {1, 2}  # each clip is at times the one with two crops
    alone = dataset[draw(1)]
    assert int(alone['video_ids']) == 1
    assert (levels(alone) // 80).flatten().tolist() == [2, 2, 2]


def test_one_window_gives_views_of_the_same_frames(tmp_path):
    dataset = PoolClipDataset(
        pool_of_levels(tmp_path),
        num_crops=2,
        num_frames=1,
        has_one_window=True,
    )
    for position in range(5):
        first, second = levels(dataset[draw(0, position)]).flatten()
        assert first == second


def test_sample_depends_on_the_draw_alone(tmp_path):
    path = write_pool(tmp_path)
    options = dict(num_crops=2, num_frames=2, pipeline=[CUT])
    dataset = PoolClipDataset(path, **options)
    torch.manual_seed(3)
    first = dataset[draw(1, 5, 7)]['inputs']
    dataset[draw(2)]
    torch.manual_seed(4)
    before = torch.get_rng_state()
    again = PoolClipDataset(path, **options)[draw(1, 5, 7)]['inputs']
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    for other in (draw(1, 6, 7), draw(1, 5, 8)):
        assert not torch.equal(dataset[other]['inputs'], first)


def test_loader_workers_make_the_same_batches(tmp_path):
    dataset = PoolClipDataset(
        write_pool(tmp_path), num_crops=2, num_frames=1, pipeline=[CUT]
    )
    order = [draw(i % 6, i) for i in range(8)]
    alone, shared = (
        list(DataLoader(dataset, 4, sampler=order, num_workers=number))
        for number in (0, 2)
    )
    for mine, other in zip(alone, shared, strict=True):
        assert mine['inputs'].shape == (4, 2, 1, 3, 16, 24)
        for key in mine:
            assert torch.equal(mine[key], other[key])


def test_unreadable_video_is_named_once_and_replaced(tmp_path, monkeypatch):
    path = pool_of_levels(tmp_path)
    (tmp_path / 'c2' / '00004.png').write_text('no picture')
    dataset = PoolClipDataset(path, num_crops=1, num_frames=10, crop_share=1)
    lines = []
    monkeypatch.setattr(
        'mmselfshot.datasets.pool_clip_dataset.print_log',
        lambda line, **_: lines.append(line),
    )
    seen = {int(dataset[draw(2, p)]['video_ids']) for p in range(4)}
    assert seen == {0}
    first, second = (dataset[draw(2, 9)]['inputs'] for _ in range(2))
    assert torch.equal(first, second)
    assert len(lines) == 1 and 'c2' in lines[0] and '00004.png' in lines[0]


def test_other_clips_of_the_source_replace_an_unreadable_one(tmp_path):
    path = pool_of_levels(tmp_path)
    for file in (tmp_path / 'c1').iterdir():
        file.unlink()
    dataset = PoolClipDataset(
        path, num_crops=2, num_frames=1, positives='source'
    )
    for position in range(4):
        sample = dataset[draw(0, position)]
        assert (levels(sample) // 80).flatten().tolist() == [0, 0]


def test_pool_of_which_nothing_can_be_read_ends_the_training(tmp_path):
    (tmp_path / 'a.mp4').write_text('no video')
    with pytest.raises(UserError, match='in a row cannot be read'):
        PoolClipDataset(tmp_path)[draw(0)]


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(positives='class'), "positives='class'"),
        (dict(num_crops=0), 'num_crops=0'),
        (dict(crop_share=0), 'crop_share=0'),
        (dict(repeat=0), 'repeat=0'),
    ],
)
def test_values_outside_of_their_range_are_refused(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        PoolClipDataset(pool_of_levels(tmp_path), **changes)


def test_lost_pool_is_named(tmp_path):
    with pytest.raises(UserError, match='no pool'):
        PoolClipDataset(tmp_path / 'lost.csv')
