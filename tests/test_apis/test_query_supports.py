"""Supports of a query by hand and from a pool, and what cannot be used."""

import shutil

import pytest
from PIL import Image
from tiny_pool import grey, noise, write_film, write_folder
from tiny_wilful import encoder_cfg

from mmselfshot.apis import pool_search
from mmselfshot.apis.pool_index import index_pool
from mmselfshot.apis.pool_search import PoolSearcher
from mmselfshot.apis.query_supports import QuerySupports
from mmselfshot.datasets.clip_pool import read_pool
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoError

CFG = dict(model=dict(encoder=encoder_cfg()))


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """Six clips of three videos, and their index."""
    root = tmp_path_factory.mktemp('supports')
    lines = []
    for number in range(6):
        write_folder(root / 'pool' / f'c{number}', noise(number))
        lines.append(f'c{number},,,v{number // 2}')
    (root / 'pool' / 'pool.csv').write_text('\n'.join(lines))
    write_film(root / 'query.mp4', noise(100))
    fill(root / 'index', root / 'pool' / 'pool.csv')
    return root


def fill(index, pool):
    index_pool(CFG, 'none', pool, index, device='cpu', say=list)


def names_of(supports, query):
    return [one.clip.name for one in supports(query, list).used]


def test_given_videos_folders_and_stills_support_every_query(tmp_path):
    film = write_film(tmp_path / 'film.mp4', noise(1))
    frames = write_folder(tmp_path / 'frames', noise(2))
    still = tmp_path / 'still.png'
    Image.fromarray(noise(3)[0]).save(still)
    many = tmp_path / 'many'
    write_folder(many / 'a', noise(4))
    write_film(many / 'b.mp4', noise(5))
    supports = QuerySupports([film, frames, still, many])
    found = supports(tmp_path / 'any.mp4', list).used
    assert [str(one) for one in found] == [
        *('film', 'frames', 'still', 'a', 'b'),
    ]
    assert [one.clip.path for one in found[:3]] == [film, frames, still]
    assert QuerySupports()(tmp_path / 'any.mp4', list).used == []


def test_pool_gives_nearest_clips_one_of_a_video(place):
    """The encoder is the one that the index names."""
    supports = QuerySupports(pool=place / 'index', num_found=5, device='cpu')
    found = supports(place / 'query.mp4', list).used
    assert len(found) == 3
    assert {one.clip.source for one in found} == {'v0', 'v1', 'v2'}
    similarity = [one.similarity for one in found]
    assert similarity == sorted(similarity, reverse=True)
    assert str(found[0]) == f'{found[0].clip.name} ({similarity[0]:.3f})'
    one = QuerySupports(pool=place / 'index', num_found=1, device='cpu')
    assert names_of(one, place / 'query.mp4') == [found[0].clip.name]


def test_clip_of_the_pool_does_not_support_itself(place):
    supports = QuerySupports(pool=place / 'index', device='cpu')
    found = supports(place / 'pool' / 'c2', list).used
    assert {one.clip.source for one in found} == {'v0', 'v2'}


def test_pool_without_a_clip_for_a_query_is_said_in_one_line(place, tmp_path):
    write_folder(tmp_path / 'pool' / 'a', noise(0))
    write_folder(tmp_path / 'pool' / 'b', noise(1))
    (tmp_path / 'pool' / 'pool.csv').write_text('a,,,v\nb,,,v\n')
    fill(tmp_path / 'index', tmp_path / 'pool' / 'pool.csv')
    query = tmp_path / 'pool' / 'a'
    lines = []
    supports = QuerySupports(pool=tmp_path / 'index', device='cpu')
    assert supports(query, lines.append).used == []
    assert lines[-1] == (
        f'{query}: no support found, all 2 clips of the pool are of the '
        "query's own video v; it is segmented without any"
    )
    assert [one for one in lines if 'support' in one] == lines[-1:]
    given = [tmp_path / 'pool' / 'b']
    supports = QuerySupports(given, tmp_path / 'index', device='cpu')
    assert len(supports(place / 'query.mp4', lines.append).used) == 1
    assert lines[-1].endswith(
        'all 2 clips of the pool are of given supports; it is segmented with '
        'the given ones'
    )


def test_given_supports_come_first_and_are_not_found_again(place):
    given = place / 'pool' / 'c4'
    supports = QuerySupports([given], place / 'index', device='cpu')
    found = names_of(supports, place / 'query.mp4')
    assert found[0] == 'c4'
    assert 'c4' not in found[1:] and len(found) > 1


def test_given_supports_are_encoded_once_for_all_queries(
    place, tmp_path, monkeypatch
):
    encoded = []
    vector_of = PoolSearcher.vector_of

    def counted(searcher, clip):
        encoded.append(clip.path)
        return vector_of(searcher, clip)

    monkeypatch.setattr(PoolSearcher, 'vector_of', counted)
    film = write_film(tmp_path / 'film.mp4', noise(7))
    supports = QuerySupports([film], place / 'index', device='cpu')
    other = place / 'pool' / 'c1'
    for query in (place / 'query.mp4', other):
        assert len(supports(query, list).used) > 1
    assert encoded == [film, place / 'query.mp4', other]


def test_pool_is_listed_once_for_all_queries(place, monkeypatch):
    listed = []

    def counted(pool):
        listed.append(pool)
        return read_pool(pool)

    monkeypatch.setattr(pool_search, 'read_pool', counted)
    supports = QuerySupports(pool=place / 'index', device='cpu')
    for _ in range(3):
        assert len(supports(place / 'query.mp4', list).used) == 3
    assert len(listed) == 1
    supports.forget_pool()
    supports(place / 'query.mp4', list)
    assert len(listed) == 2


def test_key_follows_contents_encoder_and_number(place, tmp_path):
    film = write_film(tmp_path / 'a.mp4', noise(1))
    first = QuerySupports([film]).key
    copied = shutil.copy(film, tmp_path / 'b')
    (tmp_path / 'c').mkdir()
    moved = shutil.move(copied, tmp_path / 'c' / 'a.mp4')
    assert QuerySupports([moved]).key == first
    write_film(film, noise(2))
    changed = QuerySupports([film]).key
    of_pool = QuerySupports(pool=place / 'index', device='cpu').key
    fewer = QuerySupports(pool=place / 'index', num_found=2, device='cpu').key
    assert len({first, changed, of_pool, fewer, QuerySupports().key}) == 5


def test_changed_support_is_noticed(tmp_path):
    film = write_film(tmp_path / 'a.mp4', noise(1))
    supports = QuerySupports([film])
    (one,) = supports(film, list).used
    described = [one.describe()]
    assert not supports.has_changed(described)
    write_film(film, noise(2))
    assert supports.has_changed(described)
    film.unlink()
    assert supports.has_changed(described)
    assert not supports.has_changed([])


def test_gone_clips_are_left_out_and_said(place, tmp_path):
    shutil.copytree(place / 'pool', tmp_path / 'pool')
    fill(tmp_path / 'index', tmp_path / 'pool' / 'pool.csv')
    supports = QuerySupports(pool=tmp_path / 'index', device='cpu')
    first, *rest = names_of(supports, place / 'query.mp4')
    shutil.rmtree(tmp_path / 'pool' / first)
    lines = []
    found = supports(place / 'query.mp4', lines.append)
    assert [one.clip.name for one in found.used] == rest
    assert found.left_out == [first]
    described = [one.describe() for one in found.used]
    assert not supports.has_changed(described, found.left_out)
    (line,) = lines
    assert line.startswith(f'support {first} is left out: ')
    shutil.rmtree(tmp_path / 'pool')
    with pytest.raises(VideoError, match=r'of the 3 clips.*--pool-videos'):
        supports(place / 'query.mp4', list)
    moved = QuerySupports(
        pool=tmp_path / 'index',
        pool_videos=place / 'pool' / 'pool.csv',
        device='cpu',
    )
    assert names_of(moved, place / 'query.mp4') == [first, *rest]
    assert moved.key == supports.key
    assert moved.has_changed([], [first])
    assert not moved.has_changed([])


def test_clips_with_broken_frames_are_left_out_too(place, tmp_path):
    shutil.copytree(place / 'pool', tmp_path / 'pool')
    fill(tmp_path / 'index', tmp_path / 'pool' / 'pool.csv')
    for frame in (tmp_path / 'pool').rglob('*.png'):
        frame.write_bytes(frame.read_bytes()[:60])
    supports = QuerySupports(pool=tmp_path / 'index', device='cpu')
    lines = []
    with pytest.raises(VideoError, match='none of the 3 clips'):
        supports(place / 'query.mp4', lines.append)
    assert len(lines) == 3
    assert all('cannot be read as an image' in line for line in lines)


def test_unusable_supports_are_one_line(place, tmp_path):
    (tmp_path / 'text.mp4').write_text('no video')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'bare' / 'inner').mkdir(parents=True)
    for given, words in (
        ('gone.mp4', 'no file or folder'),
        ('text.mp4', 'cannot be read as a video'),
        ('empty', 'nothing to read'),
        ('bare', 'no frame in'),
    ):
        with pytest.raises(UserError, match=words) as caught:
            QuerySupports([tmp_path / given])
        assert str(caught.value).startswith(f'support {tmp_path / given}: ')
        assert '\n' not in str(caught.value)
    with pytest.raises(UserError, match='no index in'):
        QuerySupports(pool=tmp_path / 'empty')
    with pytest.raises(UserError, match='0 supports'):
        QuerySupports(pool=place / 'index', num_found=0)
    with pytest.raises(UserError, match=r'no pool .*gone; say with'):
        QuerySupports(pool=place / 'index', pool_videos=tmp_path / 'gone')
    white = write_folder(tmp_path / 'white', [grey(255)] * 3)
    with pytest.raises(UserError, match='white is zero or not finite'):
        QuerySupports([white], place / 'index', device='cpu')
    other = dict(model=dict(encoder=encoder_cfg(seed=1)))
    with pytest.raises(UserError, match='was made by encoder'):
        QuerySupports(
            pool=place / 'index', encoder=(other, 'none'), device='cpu'
        )
