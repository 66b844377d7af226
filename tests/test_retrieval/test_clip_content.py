"""Copies are the same, changes are seen."""

import shutil

import pytest
from tiny_pool import noise, write_film, write_folder

from mmselfshot.retrieval.clip_content import content_of


@pytest.fixture
def pool(tmp_path):
    write_folder(tmp_path / 'a/frames', noise(0))
    write_film(tmp_path / 'a/film.mp4', noise(0))
    return tmp_path / 'a'


@pytest.mark.parametrize('name', ['frames', 'film.mp4'])
def test_copies_are_the_same_and_others_differ(pool, name):
    shutil.copytree(pool, pool.with_name('b'), copy_function=shutil.copyfile)
    found = content_of(pool / name)
    assert found == content_of(pool.with_name('b') / name)
    write_folder(pool / 'other', noise(1))
    write_film(pool / 'other.mp4', noise(1))
    other = name.replace('frames', 'other').replace('film', 'other')
    assert found != content_of(pool / other)
    assert content_of(pool / 'frames') != content_of(pool / 'film.mp4')


def test_changes_of_a_folder_are_seen(pool):
    folder, seen = pool / 'frames', set()
    seen.add(content_of(folder))
    (folder / '00005.png').unlink()
    seen.add(content_of(folder))
    (folder / '00002.png').write_bytes(b'x')
    seen.add(content_of(folder))
    (folder / '00002.png').rename(folder / '00009.png')
    seen.add(content_of(folder))
    (folder / 'notes.txt').write_text('not a frame')
    assert content_of(folder) in seen and len(seen) == 4


def test_equal_sizes_do_not_hide_a_change(pool):
    path = pool / 'film.mp4'
    before = content_of(path)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert content_of(path) != before


def test_missing_and_empty_ones_have_one_too(pool):
    (pool / 'none').mkdir()
    assert content_of(pool / 'gone') != content_of(pool / 'none')
    assert len(content_of(pool / 'gone')) == 16
