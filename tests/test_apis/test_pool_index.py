"""An index of a pool: made, updated, interrupted, refused."""

import shutil

import pytest
import torch
from tiny_pool import grey, noise, write_film, write_folder
from tiny_wilful import WilfulEncoder, encoder_cfg

from mmselfshot.apis.clip_embedder import ClipEmbedder
from mmselfshot.apis.pool_index import index_pool
from mmselfshot.datasets.clip_pool import read_pool, sample_frames
from mmselfshot.retrieval import FlatIndex, clip_encoding
from mmselfshot.utils import UserError

CFG = dict(model=dict(encoder=encoder_cfg()))


def write_pool(root, num=6):
    for number in range(num):
        if number % 2:
            write_film(root / f'film{number}.mp4', noise(number))
        else:
            write_folder(root / f'frames{number}', noise(number))
    return root


def make(pool, out, cfg=CFG, **options):
    """Index, and give the lines that were said."""
    lines = []
    options = {'device': 'cpu', 'say': lines.append, **options}
    done = index_pool(cfg, 'none', pool, out, **options)
    return done, lines


def bytes_of(folder):
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name != 'pool.json'
    }


def test_index_holds_the_vectors_of_the_clips(tmp_path):
    pool = write_pool(tmp_path / 'pool')
    done, lines = make(pool, tmp_path / 'index')
    assert (done.num_clips, done.num_added, done.failed) == (6, 6, {})
    assert lines[-1] == (
        f'{tmp_path / "index"}: 6 clips; 6 added, 0 renewed, 0 removed'
    )
    embedder = ClipEmbedder(CFG, 'none', device='cpu')
    index = FlatIndex(tmp_path / 'index', embedder.hash)
    for clip in read_pool(pool):
        row = index.rows_of([clip.name])
        vector = embedder(sample_frames(clip, 5, 2))
        assert torch.allclose(index.vectors(row)[0], vector, atol=1e-6)
        (record,) = index.records(row)
        assert record.source == clip.source and record.start == 0
        assert record.end == pytest.approx(
            0.6 if clip.name.endswith('mp4') else 1.0, abs=0.01
        )
    assert not (tmp_path / 'index' / 'parts').exists()


def test_workers_and_order_do_not_change_the_bytes(tmp_path):
    pool = write_pool(tmp_path / 'pool')
    make(pool, tmp_path / 'one')
    names = [clip.name for clip in read_pool(pool)]
    (pool / 'list.csv').write_text('\n'.join(reversed(names)))
    make(pool / 'list.csv', tmp_path / 'two', num_workers=2)
    assert bytes_of(tmp_path / 'one') == bytes_of(tmp_path / 'two')


def test_update_encodes_only_what_changed(tmp_path):
    pool = write_pool(tmp_path / 'pool')
    make(pool, tmp_path / 'index')
    WilfulEncoder.num_clips = 0
    done, lines = make(pool, tmp_path / 'index')
    assert WilfulEncoder.num_clips == 0
    assert lines[0].startswith('warning: the encoder is not trained')
    assert '0 are new, 0 have changed, 0 are gone' in lines[1]
    write_film(pool / 'film7.mp4', noise(7))
    write_film(pool / 'film1.mp4', noise(11))
    (pool / 'film3.mp4').write_bytes(b'broken')
    (pool / 'film5.mp4').unlink()
    done, lines = make(pool, tmp_path / 'index')
    assert WilfulEncoder.num_clips == 2
    assert '1 are new, 2 have changed, 1 are gone' in lines[1]
    assert (done.num_added, done.num_renewed, done.num_removed) == (1, 1, 2)
    assert list(done.failed) == ['film3.mp4']
    index = FlatIndex(tmp_path / 'index')
    assert index.clips() == [
        *('film1.mp4', 'film7.mp4', 'frames0', 'frames2', 'frames4')
    ]
    make(pool, tmp_path / 'fresh')
    fresh = FlatIndex(tmp_path / 'fresh')
    for clip in index.clips():
        rows = index.rows_of([clip]), fresh.rows_of([clip])
        assert torch.equal(index.vectors(rows[0]), fresh.vectors(rows[1]))
        assert index.records(rows[0]) == fresh.records(rows[1])


def test_interrupted_call_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    """Ended in the fourth clip; a clip of the rest changes meanwhile."""
    pool = write_pool(tmp_path / 'pool')
    monkeypatch.setattr(clip_encoding, 'COMMIT_SECONDS', 0)
    real = ClipEmbedder.__call__
    calls = []

    def break_off(self, frames):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(self, frames)

    monkeypatch.setattr(ClipEmbedder, '__call__', break_off)
    with pytest.raises(KeyboardInterrupt):
        make(pool, tmp_path / 'index')
    assert FlatIndex(tmp_path / 'index').count() == 0
    write_film(pool / 'film1.mp4', noise(20))
    calls.clear()
    calls += [1] * 4
    done, lines = make(pool, tmp_path / 'index')
    assert '2 of 6 are finished already' in lines  # of 3, one has changed
    assert len(calls) - 4 == 4
    assert done.num_added == 6
    make(pool, tmp_path / 'unbroken')
    assert bytes_of(tmp_path / 'index') == bytes_of(tmp_path / 'unbroken')


def test_unreadable_clips_are_listed_and_do_not_stop(tmp_path):
    pool = write_pool(tmp_path / 'pool', 2)
    (pool / 'bad.mp4').write_bytes(b'bad')
    write_folder(pool / 'black', [grey(0)] * 3)
    write_folder(pool / 'white', [grey(255)] * 3)
    (pool / 'frames0' / '00001.png').write_bytes(b'bad')
    done, lines = make(pool, tmp_path / 'index', num_workers=1)
    assert done.num_clips == 1
    assert list(done.failed) == ['bad.mp4', 'black', 'frames0', 'white']
    listed = [line for line in lines if line.startswith('cannot index')]
    assert 'bad.mp4: ' in listed[0] and 'as a video' in listed[0]
    assert 'vector of clip black is zero or not finite' in listed[1]
    assert '00001.png cannot be read' in listed[2]
    assert 'vector of clip white is zero or not finite' in listed[3]
    assert lines[-1].endswith('4 not indexed, see above')


def test_pools_without_a_usable_clip_are_refused(tmp_path):
    (tmp_path / 'pool').mkdir()
    with pytest.raises(UserError, match='is empty; expected video files'):
        make(tmp_path / 'pool', tmp_path / 'index')
    assert not (tmp_path / 'index').exists()
    (tmp_path / 'pool' / 'bad.mp4').write_bytes(b'bad')
    with pytest.raises(UserError, match='none of 1 clips can be indexed'):
        make(tmp_path / 'pool', tmp_path / 'index')


def test_file_in_the_place_of_an_index_is_refused(tmp_path):
    pool = write_pool(tmp_path / 'pool', 1)
    (tmp_path / 'index').write_text('mine')
    with pytest.raises(UserError, match='index is a file; expected'):
        make(pool, tmp_path / 'index')
    assert (tmp_path / 'index').read_text() == 'mine'


def test_another_encoder_is_refused(tmp_path):
    pool = write_pool(tmp_path / 'pool', 2)
    make(pool, tmp_path / 'index')
    before = bytes_of(tmp_path / 'index')
    other = dict(model=dict(encoder=encoder_cfg(seed=1)))
    for options, advice in (
        (dict(cfg=other), 'use that one or make the index again'),
        (dict(num_segments=4), 'they differ in --segments alone, it has 5'),
    ):
        with pytest.raises(UserError, match='was made by encoder') as found:
            make(pool, tmp_path / 'index', **options)
        assert str(found.value).endswith(advice)
    assert bytes_of(tmp_path / 'index') == before


def test_half_precision_index_stays_so(tmp_path):
    pool = write_pool(tmp_path / 'pool', 2)
    make(pool, tmp_path / 'index', dtype='float16')
    write_film(pool / 'film9.mp4', noise(9))
    done, _ = make(pool, tmp_path / 'index')
    assert done.num_clips == 3
    assert (tmp_path / 'index/vectors.float16').stat().st_size == 3 * 8 * 2


def test_parts_of_videos_are_clips(tmp_path):
    write_folder(tmp_path / 'pool' / 'long', noise(0, 18))  # 3 s
    make(
        tmp_path / 'pool',
        tmp_path / 'index',
        segment_seconds=1,
        num_segments=1,
    )
    index = FlatIndex(tmp_path / 'index')
    assert index.clips() == ['long@0-1', 'long@1-2', 'long@2-']
    rows = index.rows_of(['long@1-2', 'long@2-'])
    spans = [(one.start, one.end) for one in index.records(rows)]
    assert spans == [(1, 2), (2, 3)]
    assert index.rows_of_source('long').tolist() == [0, 1, 2]
    shutil.rmtree(tmp_path / 'pool' / 'long')
    with pytest.raises(UserError, match='is empty'):
        make(tmp_path / 'pool', tmp_path / 'index')
    assert FlatIndex(tmp_path / 'index').count() == 3
