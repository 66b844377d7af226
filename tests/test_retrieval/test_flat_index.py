"""What an index finds, keeps, forgets and refuses."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_index import some_index, some_records, some_vectors

from mmselfshot.retrieval import ClipRecord, FlatIndex, flat_index
from mmselfshot.utils import UserError

TESTS = Path(__file__).resolve().parents[1]


def cosines(queries, vectors):
    queries, vectors = queries.double().numpy(), vectors.double().numpy()
    products = queries @ vectors.T
    lengths = np.linalg.norm(queries, axis=1), np.linalg.norm(vectors, axis=1)
    return products / np.multiply.outer(*lengths)


def test_nearest_clips_come_first(tmp_path):
    index = some_index(tmp_path, 200)
    queries = some_vectors(5, seed=1)
    found = index.search(queries, 10)
    similarity = cosines(queries, some_vectors(200))
    wanted = np.argsort(-similarity, axis=1, kind='stable')[:, :10]
    assert np.array_equal(found.rows, wanted)
    np.testing.assert_allclose(
        found.similarity,
        np.take_along_axis(similarity, wanted, 1),
        atol=1e-6,
    )
    assert index.records(found.rows[0, :1])[0].clip == f'c{wanted[0, 0]:05d}'


def test_halves_are_close_to_floats(tmp_path):
    index = some_index(tmp_path, 50, dtype='float16')
    found = index.search(some_vectors(1, seed=1), 50)
    similarity = cosines(some_vectors(1, seed=1), some_vectors(50))[0]
    np.testing.assert_allclose(
        found.similarity[0], similarity[found.rows[0]], atol=1e-3
    )
    assert (tmp_path / 'vectors.float16').stat().st_size == 50 * 8 * 2


def test_scaled_copies_tie_and_the_smaller_row_wins(tmp_path):
    index = some_index(tmp_path, 0)
    vectors = some_vectors(10).double()
    vectors[3] = 1e-30 * vectors[7]
    vectors[9] = 1e30 * vectors[7]
    index.add(vectors, some_records(10))
    found = index.search(vectors[7:8], 3)
    assert found.rows.tolist() == [[3, 7, 9]]
    assert found.similarity[0].tolist() == pytest.approx([1] * 3, abs=1e-7)


def test_index_opens_as_it_was_left(tmp_path):
    some_index(tmp_path).add(some_vectors(5, seed=2), some_records(5, 20))
    index = FlatIndex(tmp_path, 'hash0')
    assert index.count() == index.num_rows == 25
    assert index.records(torch.tensor([21])) == some_records(1, 21)
    units = some_vectors(5, seed=2)
    units = units / units.norm(dim=1, keepdim=True)
    assert torch.allclose(index.vectors(torch.arange(20, 25)), units)


def test_removed_clips_are_not_found_and_may_come_back(tmp_path):
    index = some_index(tmp_path)
    query = some_vectors(20)[4:5]
    index.delete(['c00004', 'c00005'])
    for one in (index, FlatIndex(tmp_path, 'hash0')):
        assert one.count() == 18
        assert one.num_rows == 20
        assert 4 not in one.search(query, 18).rows
    index.add(query, some_records(1, 4))
    assert index.search(query, 1).rows.tolist() == [[20]]
    assert index.rows_of(['c00004']).tolist() == [20]


def test_more_than_there_are_is_said(tmp_path, capsys):
    index = some_index(tmp_path, 3)
    found = index.search(some_vectors(2, seed=1), 5)
    assert found.rows.shape == (2, 3)
    assert '5 clips wanted, 3 in' in capsys.readouterr().out


def test_masks_of_rows_hold_in_a_search(tmp_path):
    index = some_index(tmp_path)
    own = index.rows_of_source('v1')
    assert own.tolist() == [5, 6, 7, 8, 9]
    assert index.source_ids(own).unique().numel() == 1
    allowed = torch.ones(20, dtype=torch.bool)
    allowed[own] = False
    rows = index.search(some_vectors(20)[5:7], 15, allowed).rows
    assert not set(rows.flatten().tolist()) & set(own.tolist())
    assert index.rows_of_source('none').tolist() == []


def test_empty_pool_is_a_mistake_of_the_user(tmp_path):
    index = some_index(tmp_path, 0)
    with pytest.raises(UserError, match='no clip in'):
        index.search(some_vectors(1), 1)
    index.add(some_vectors(1), some_records(1))
    index.delete(['c00000'])
    with pytest.raises(UserError, match='no clip in'):
        index.search(some_vectors(1), 1)


@pytest.mark.parametrize('value', [0.0, float('nan'), float('inf')])
def test_vectors_without_direction_are_refused(tmp_path, value):
    index = some_index(tmp_path)
    vectors = some_vectors(3)
    vectors[1] = value
    with pytest.raises(UserError, match='1 of 3 vectors are zero or not'):
        index.add(vectors, some_records(3, 20))
    with pytest.raises(UserError, match='the first is number 1'):
        index.search(vectors, 1)
    assert FlatIndex(tmp_path).count() == 20


def test_other_encoder_and_shape_are_refused(tmp_path):
    index = some_index(tmp_path)
    with pytest.raises(UserError, match='encoder hash0, found encoder hash1'):
        FlatIndex(tmp_path, 'hash1')
    with pytest.raises(UserError, match=r'expected \(N, 8\)'):
        index.search(some_vectors(1, 9), 1)
    with pytest.raises(UserError, match='2 vectors for 1 records'):
        index.add(some_vectors(2), some_records(1, 20))
    with pytest.raises(UserError, match='holds an index'):
        FlatIndex.create(tmp_path, 'hash0', 8)
    with pytest.raises(UserError, match='no index in'):
        FlatIndex(tmp_path / 'none')


def test_clip_that_is_there_refuses_the_whole_append(tmp_path):
    index = some_index(tmp_path)
    records = some_records(2, 20) + some_records(1, 3)
    with pytest.raises(UserError, match="'c00003' is in the index already"):
        index.add(some_vectors(3), records)
    assert FlatIndex(tmp_path).count() == index.count() == 20
    index.add(some_vectors(2), records[:2])
    assert FlatIndex(tmp_path).count() == 22


def test_unknown_clips_are_named(tmp_path):
    index = some_index(tmp_path)
    with pytest.raises(UserError, match="no clip 'x'"):
        index.delete(['c00001', 'x'])
    assert index.count() == 20


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize('place', [0, 100, -1])
def test_changed_vectors_are_refused(tmp_path, place):
    some_index(tmp_path)
    flip(tmp_path / 'vectors.float32', place)
    with pytest.raises(UserError, match=r'vectors\.float32 is damaged'):
        FlatIndex(tmp_path)
    assert FlatIndex(tmp_path, verify=False).count() == 20


def test_short_vectors_are_refused(tmp_path):
    some_index(tmp_path)
    os.truncate(tmp_path / 'vectors.float32', 100)
    with pytest.raises(UserError, match='100 bytes, expected 640'):
        FlatIndex(tmp_path)
    (tmp_path / 'vectors.float32').unlink()
    with pytest.raises(UserError, match='0 bytes, expected 640'):
        FlatIndex(tmp_path, verify=False)


def test_every_changed_byte_of_records_is_refused_or_harmless(tmp_path):
    """A flipped bit either changes nothing that is read or is one line."""
    some_index(tmp_path)
    path = tmp_path / 'clips.sqlite'
    whole = path.read_bytes()
    wanted = FlatIndex(tmp_path).records(torch.arange(20))
    num_refused = 0
    for place in range(0, len(whole), 53):
        path.write_bytes(whole)
        flip(path, place)
        try:
            index = FlatIndex(tmp_path, 'hash0')
        except UserError as error:
            num_refused += 1
            assert '\n' not in str(error)
        else:
            assert index.records(torch.arange(20)) == wanted
            assert index.count() == 20
    assert num_refused > 10


@pytest.mark.parametrize('size', [0, 50, 5000])
def test_cut_records_are_refused(tmp_path, size):
    some_index(tmp_path)
    os.truncate(tmp_path / 'clips.sqlite', size)
    with pytest.raises(UserError):
        FlatIndex(tmp_path)


def test_other_version_is_refused(tmp_path, monkeypatch):
    some_index(tmp_path)
    monkeypatch.setattr(flat_index, 'VERSION', 'other')
    with pytest.raises(UserError, match=r"'2'.*, expected .*'other'"):
        FlatIndex(tmp_path)


def test_changed_header_is_refused(tmp_path):
    some_index(tmp_path)
    base = sqlite3.connect(tmp_path / 'clips.sqlite')
    with base:
        base.execute("UPDATE header SET value = 'x' WHERE name = 'encoder'")
    base.close()
    with pytest.raises(UserError, match='the checksum of its header'):
        FlatIndex(tmp_path, 'hash0')


def test_open_index_keeps_its_view_while_another_appends(tmp_path):
    index = some_index(tmp_path)
    FlatIndex(tmp_path).add(some_vectors(5, seed=2), some_records(5, 20))
    assert index.search(some_vectors(1), 20).rows.shape == (1, 20)
    index.add(some_vectors(5, seed=3), some_records(5, 25))
    assert index.num_rows == 30
    assert FlatIndex(tmp_path).count() == 30


def test_full_disk_is_one_line_and_leaves_the_index(tmp_path, monkeypatch):
    index = some_index(tmp_path)

    def fail(handle):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(UserError, match='No space left'):
        index.add(some_vectors(3), some_records(3, 20))
    monkeypatch.undo()
    assert FlatIndex(tmp_path).count() == 20


KILLED = """
import os, signal, sys
from tiny_index import some_records, some_vectors
from mmselfshot.retrieval import FlatIndex, flat_index

index = FlatIndex(sys.argv[1], 'hash0')
kind = sys.argv[2]

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

if kind == 'records':
    flat_index.append_block = die
elif kind == 'sync':
    os.fsync = die
elif kind == 'commit':
    append = index._write_rows
    def write(*args):
        append(*args)
        die()
    index._write_rows = write
flat_index.CHECKED = 100
start = 20
while True:
    index.add(some_vectors(250, seed=start), some_records(250, start))
    start += 250
    print(start, flush=True)
"""


@pytest.mark.parametrize('kind', ['records', 'sync', 'commit', 'anywhere'])
def test_killed_append_loses_nothing_committed(tmp_path, kind):
    some_index(tmp_path)
    child = subprocess.Popen(
        [sys.executable, '-c', KILLED, str(tmp_path), kind],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, 'PYTHONPATH': f'{TESTS}:{TESTS.parent}'},
    )
    committed = 20
    if kind == 'anywhere':
        for _ in range(3):
            committed = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split()
    assert child.wait() == -signal.SIGKILL
    committed = int(rest[-1]) if rest else committed
    index = FlatIndex(tmp_path, 'hash0')
    # at most the append under way, and that as a whole
    assert index.count() in (committed, committed + 250)
    assert kind == 'anywhere' or index.count() == 20
    start = index.count()
    index.add(some_vectors(3, seed=9), some_records(3, start))
    index = FlatIndex(tmp_path, 'hash0')
    assert index.records(torch.tensor([start + 2])) == some_records(
        1, start + 2
    )
    query = some_vectors(20)[:1]
    assert index.search(query, 1).rows.tolist() == [[0]]


def test_copied_folder_is_an_index(tmp_path):
    some_index(tmp_path / 'a')
    shutil.copytree(tmp_path / 'a', tmp_path / 'b')
    assert FlatIndex(tmp_path / 'b', 'hash0').count() == 20


def test_names_are_text_of_any_kind(tmp_path):
    index = some_index(tmp_path, 0)
    record = ClipRecord("a/ü'\n; --", 'ä', 0, 1.5)
    index.add(some_vectors(1), [record])
    assert FlatIndex(tmp_path).records(torch.tensor([0])) == [record]
