"""Shards of several processes make the same index as one process."""

import multiprocessing

import pytest
import torch
from tiny_index import some_index, some_records, some_vectors

from mmselfshot.retrieval import FlatIndex, flat_index, merge_indexes
from mmselfshot.utils import UserError


def make_shard(folder, clips, order):
    """A process's work: its clips in any order, in appends of seven."""
    vectors, records = some_vectors(100), some_records(100)
    index = FlatIndex.create(folder, 'hash0', 8)
    clips = [clips[i] for i in order]
    for i in range(0, len(clips), 7):
        part = clips[i : i + 7]
        index.add(vectors[part], [records[j] for j in part])


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.dist
def test_two_processes_write_the_bytes_of_one(tmp_path):
    context = multiprocessing.get_context('spawn')
    shares = {
        'one': list(range(100)),
        'even': list(range(0, 100, 2)),
        'odd': list(range(1, 100, 2)),
    }
    workers = [
        context.Process(
            target=make_shard,
            args=(
                tmp_path / name,
                clips,
                torch.randperm(len(clips)).tolist(),
            ),
        )
        for name, clips in shares.items()
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    one, even, odd = (FlatIndex(tmp_path / name) for name in shares)
    made = []
    for name, shards in (('a', [one]), ('b', [even, odd]), ('c', [odd, even])):
        index = FlatIndex.create(tmp_path / name, 'hash0', 8)
        assert merge_indexes(shards, index) == (100, 0)
        made.append(bytes_of(tmp_path / name))
    assert made[0] == made[1] == made[2]
    index = FlatIndex(tmp_path / 'b', 'hash0')
    assert index.records(torch.arange(100)) == some_records(100)
    # and the same as one append in the order of names
    some_index(tmp_path / 'd', 100)
    assert bytes_of(tmp_path / 'd') == made[0]


def test_merging_again_adds_what_is_new(tmp_path):
    target = some_index(tmp_path / 'target', 30)
    shard = FlatIndex.create(tmp_path / 'shard', 'hash0', 8)
    shard.add(some_vectors(30)[20:], some_records(10, 20))
    shard.add(some_vectors(5, seed=1), some_records(5, 30))
    assert merge_indexes([shard], target) == (5, 10)
    assert merge_indexes([shard], target) == (0, 15)
    assert FlatIndex(tmp_path / 'target').count() == 35


def test_removed_clips_are_left_out(tmp_path):
    shard = some_index(tmp_path / 'shard')
    shard.delete(['c00000'])
    target = some_index(tmp_path / 'target', 0)
    assert merge_indexes([shard], target) == (19, 0)
    assert (tmp_path / 'target/vectors.float32').stat().st_size == 19 * 8 * 4


def test_many_blocks_are_merged(tmp_path, monkeypatch):
    monkeypatch.setattr(flat_index, 'CHECKED', 6)
    monkeypatch.setattr('mmselfshot.retrieval.index_merge.CHECKED', 6)
    shard = some_index(tmp_path / 'shard')
    target = some_index(tmp_path / 'target', 0)
    merge_indexes([shard], target)
    assert bytes_of(tmp_path / 'target') == bytes_of(tmp_path / 'shard')
    assert FlatIndex(tmp_path / 'target').count() == 20


def test_shards_that_do_not_fit_are_refused(tmp_path):
    target = some_index(tmp_path / 'target', 0)
    other = FlatIndex.create(tmp_path / 'other', 'hash1', 8)
    with pytest.raises(UserError, match='has encoder hash1'):
        merge_indexes([other], target)
    one, two = some_index(tmp_path / 'a'), some_index(tmp_path / 'b', seed=1)
    with pytest.raises(UserError, match="clip 'c00000' differs"):
        merge_indexes([one, two], target)
    assert target.count() == 0
