"""Shards on disk, and the table of all of them."""

import numpy as np
import pytest
from tiny_candidates import make_table

from mmselfshot.labelling.candidate_store import (
    CandidateStore,
    read_candidates,
)
from mmselfshot.labelling.candidates import (
    CandidateTable,
    FrameCandidates,
    read_origin,
    read_shard,
    table_of_video,
    write_shard,
)
from mmselfshot.labelling.source_videos import SourceVideo
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError


def make_frame(frame_id, masks, probs):
    number = len(masks)
    return FrameCandidates(
        frame_id=frame_id,
        masks=np.array(masks, bool).reshape(number, 2, 3),
        mask_score=np.linspace(0.5, 0.9, number),
        probs=np.array(probs, float).reshape(number, 2),
        features=np.ones((number, 4 if number else 0)),
        box=np.zeros((number, 4)),
        is_small=np.zeros(number, bool),
    )


VIDEO = {'name': 'v', 'file_names': ['a', 'b'], 'width': 3, 'height': 2}
MASK = [[1, 1, 0], [0, 1, 0]]
EMPTY = [[0, 0, 0], [0, 0, 0]]


def make_video_table():
    frames = [
        make_frame(0, [], []),
        make_frame(1, [MASK, EMPTY], [[0.2, 0.8], [1, 0]]),
    ]
    return table_of_video(5, VIDEO, frames, ['cat', 'dog'], 'me')


def test_empty_masks_are_left_out_and_empty_frames_noted():
    table = make_video_table()
    assert len(table) == 1
    assert table.videos[5]['sampled'] == [0, 1]
    assert (table.label, table.area, table.frame_id) == ([1], [3], [1])
    assert table.clip_score == pytest.approx([0.8])
    assert table.features.shape == (1, 4)


def test_shard_comes_back_as_it_was(tmp_path):
    table = make_video_table()
    write_shard(tmp_path / 'v.npz', table, 'made from x')
    assert read_origin(tmp_path / 'v.npz') == 'made from x'
    found = read_shard(tmp_path / 'v.npz')
    assert found.videos == table.videos
    assert (found.classes, found.source) == (('cat', 'dog'), 'me')
    assert found.probs.dtype == np.float32
    assert found.probs == pytest.approx(table.probs)
    assert np.isnan(found.predicted_iou).all()
    assert decode_mask(found.rles[0], 2, 3).tolist() == [
        [True, True, False],
        [False, True, False],
    ]
    first = (tmp_path / 'v.npz').read_bytes()
    write_shard(tmp_path / 'v.npz', found, 'made from x')
    assert (tmp_path / 'v.npz').read_bytes() == first


def test_video_without_any_candidate(tmp_path):
    frames = [make_frame(0, [], []), make_frame(1, [], [])]
    table = table_of_video(6, VIDEO, frames, ['cat', 'dog'], 'me')
    write_shard(tmp_path / 'v.npz', table, '')
    both = CandidateTable.join(
        [read_shard(tmp_path / 'v.npz'), make_video_table()]
    )
    assert len(both) == 1
    assert both.features.shape == (1, 4)  # the empty one has no width
    assert sorted(both.videos) == [5, 6]


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04 broken', b'text'])
def test_broken_shard_counts_as_missing(tmp_path, content):
    path = tmp_path / 'v.npz'
    path.write_bytes(content)
    assert read_origin(path) is None
    with pytest.raises(UserError, match='no file of candidates'):
        read_shard(path)


def test_shard_with_a_pickle_is_not_read(tmp_path):
    np.savez(tmp_path / 'v.npz', header=np.array([{}], dtype=object))
    assert read_origin(tmp_path / 'v.npz') is None
    np.save(tmp_path / 'v.npy', np.zeros(3))
    (tmp_path / 'v.npy').rename(tmp_path / 'v.npz')
    assert read_origin(tmp_path / 'v.npz') is None


def test_frames_are_grouped_in_order():
    table = make_table(
        mask_score=[1] * 5, left=[0] * 5, frame_id=[0, 0, 1, 2, 2]
    )
    table.drop([2], 'x')
    rows = np.flatnonzero(table.is_kept)
    groups = [one.tolist() for one in table.frame_groups(rows)]
    assert groups == [[0, 1], [3, 4]]
    assert table.frame_groups(rows[:0]) == []


def test_first_reason_stays_and_fresh_has_none():
    table = make_table(mask_score=[1, 1])
    table.drop(np.array([True, False]), 'first')
    table.drop([0, 1], 'second')
    assert table.reason.tolist() == ['first', 'second']
    assert table.fresh().is_kept.all()


def test_store_forgets_what_was_made_from_something_else(tmp_path):
    root = tmp_path / 'frames'
    root.mkdir()
    for name in 'ab':
        (root / name).write_bytes(b'12')
    store = CandidateStore(tmp_path / 'c', 'key')
    video = SourceVideo(5, 'v', root, ['a', 'b'])
    store.write(video, make_video_table())
    assert store.has(video)
    assert not CandidateStore(tmp_path / 'c', 'other').has(video)
    (root / 'b').write_bytes(b'123')  # another frame
    assert not store.has(SourceVideo(5, 'v', root, ['a', 'b']))
    moved = SourceVideo(9, 'v', root, ['a', 'b'])
    assert list(store.read(moved).videos) == [9]
    assert store.read(moved).video_id.tolist() == [9]


def test_candidates_of_a_label_file_need_its_folder(tmp_path):
    with pytest.raises(UserError, match=r'l\.candidates; make them with'):
        read_candidates(tmp_path / 'l.json')
