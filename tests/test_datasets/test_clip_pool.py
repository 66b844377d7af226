"""Which clips a pool has: folders, nested ones, lists, parts, mistakes."""

from pathlib import Path

import pytest
from tiny_pool import grey, noise, write_film, write_folder

from mmselfshot.datasets.clip_pool import PoolClip, read_pool
from mmselfshot.utils import UserError


def names(clips):
    return [clip.name for clip in clips]


def test_nested_films_and_folders_come_in_natural_order(tmp_path):
    write_folder(tmp_path / 'b' / 'clip10', noise(0, 2))
    write_folder(tmp_path / 'b' / 'clip2', noise(1, 2))
    for name in ('a.mp4', 'c/d.MOV', 'b/.hidden.mp4'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b'read later')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'notes.txt').write_text('not a video')
    clips = read_pool(tmp_path)
    assert names(clips) == ['a.mp4', 'b/clip2', 'b/clip10', 'c/d.MOV']
    assert clips[1] == PoolClip(
        'b/clip2', tmp_path / 'b/clip2', 'b/clip2', None, None
    )


def test_one_film_and_one_folder_are_pools(tmp_path):
    film = write_film(tmp_path / 'films' / 'one.mp4', noise(0))
    folder = write_folder(tmp_path / 'frames', noise(0))
    assert names(read_pool(film)) == ['one.mp4']
    (clip,) = read_pool(folder)
    assert (clip.name, clip.path) == ('frames', folder)


def test_links_that_lead_back_end(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / 'v.mp4').touch()
    (tmp_path / 'a' / 'back').symlink_to(tmp_path)
    assert names(read_pool(tmp_path)) == ['a/v.mp4']


LIST = """path,start,end,source
v/a.mp4,0,5,a
v/a.mp4, 5 ,10.25,a

"with, comma",,,
v/a.mp4,15
"""


@pytest.mark.parametrize('has_head', [True, False])
def test_list_names_parts_and_sources(tmp_path, has_head):
    path = tmp_path / 'pool.csv'
    path.write_text(LIST if has_head else LIST.split('\n', 1)[1])
    clips = read_pool(path)
    video = tmp_path / 'v/a.mp4'
    assert clips == [
        PoolClip('v/a.mp4@0-5', video, 'a', 0.0, 5.0),
        PoolClip('v/a.mp4@5-10.25', video, 'a', 5.0, 10.25),
        PoolClip('with, comma', tmp_path / 'with, comma', 'with, comma'),
        PoolClip('v/a.mp4@15-', video, 'v/a.mp4', 15.0, None),
    ]


def test_absolute_paths_of_a_list_stay(tmp_path):
    (tmp_path / 'list').write_text('/elsewhere/a.mp4\n')
    (clip,) = read_pool(tmp_path / 'list')
    assert clip.path == Path('/elsewhere/a.mp4')


@pytest.mark.parametrize(
    'line, text',
    [
        ('a.mp4,x,5', r"line 2: could not convert string to float: 'x'"),
        ('a.mp4,5,5', 'line 2: a clip from 5 to 5'),
        ('a.mp4,-1,5', 'line 2: a clip from -1 to 5'),
        ('a.mp4,nan,5', 'line 2: a clip from nan to 5'),
        ('a.mp4,0,nan', 'line 2: a clip from 0 to nan'),
        (',0,5', 'line 2: no path'),
        ('a.mp4,0,5,a,b', 'line 2: 5 columns'),
        ('b.mp4,,,other', r'line 2: b\.mp4 comes again'),
    ],
)
def test_unusable_line_is_named(tmp_path, line, text):
    path = tmp_path / 'pool.csv'
    path.write_text(f'b.mp4\n{line}\n')
    with pytest.raises(UserError, match=text):
        read_pool(path)


def test_empty_pools_are_refused(tmp_path):
    with pytest.raises(UserError, match='no pool'):
        read_pool(tmp_path / 'gone')
    with pytest.raises(UserError, match='is empty; expected video files'):
        read_pool(tmp_path)
    (tmp_path / 'list.csv').write_text('path,start,end,source\n')
    with pytest.raises(UserError, match=r'list\.csv is empty'):
        read_pool(tmp_path / 'list.csv')
    (tmp_path / 'binary.csv').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(UserError, match='cannot be read as a list'):
        read_pool(tmp_path / 'binary.csv')


def test_frames_and_videos_in_one_folder_are_refused(tmp_path):
    write_folder(tmp_path / 'v', noise(0, 2))
    (tmp_path / 'v' / 'b.mp4').touch()
    with pytest.raises(UserError, match=r'both frames and b\.mp4'):
        read_pool(tmp_path)


@pytest.mark.parametrize(
    'num_frames, parts',
    [
        (7, ['']),  # 0.7 s
        (14, ['']),  # 1.4 s: the rest is less than half a part
        (15, ['@0-1', '@1-']),
        (24, ['@0-1', '@1-']),
        (25, ['@0-1', '@1-2', '@2-']),
    ],
)
def test_videos_are_cut_into_parts(tmp_path, num_frames, parts):
    write_film(tmp_path / 'a.mp4', [grey(90)] * num_frames, rate=10)
    clips = read_pool(tmp_path, segment_seconds=1)
    assert names(clips) == [f'a.mp4{part}' for part in parts]
    assert {clip.source for clip in clips} == {'a.mp4'}


def test_parts_of_folders_lists_and_unreadable_ones(tmp_path):
    write_folder(tmp_path / 'frames', noise(0, 18))  # 3 s
    (tmp_path / 'bad.mp4').write_bytes(b'bad')
    (tmp_path / 'l.csv').write_text('frames,0,2,x\nframes,,,x\nbad.mp4\n')
    clips = read_pool(tmp_path / 'l.csv', segment_seconds=1.5)
    assert names(clips) == [
        *('frames@0-2', 'frames@0-1.5', 'frames@1.5-', 'bad.mp4')
    ]
    with pytest.raises(UserError, match='expected more than 0'):
        read_pool(tmp_path, segment_seconds=0)
