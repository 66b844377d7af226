"""Supports of a query: found, excluded, pinned, shown, refused."""

import json

import pytest
import torch
from tiny_pool import grey, noise, write_film, write_folder
from tiny_wilful import encoder_cfg

from mmselfshot.apis.pool_index import index_pool
from mmselfshot.apis.pool_search import (
    PoolSearcher,
    find_clips,
    paths_of_pool,
)
from mmselfshot.apis.search_sheet import format_supports, write_search
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoError

CFG = dict(model=dict(encoder=encoder_cfg()))
NAMES = [f'clip{number}' for number in range(8)]


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A pool of folders, two clips to a source, and its index."""
    root = tmp_path_factory.mktemp('search')
    lines = []
    for number, name in enumerate(NAMES):
        write_folder(root / 'pool' / name, noise(number))
        lines.append(f'{name},,,source{number // 2}')
    (root / 'pool' / 'pool.csv').write_text('\n'.join(lines))
    write_film(root / 'query.mp4', noise(100))
    index_pool(
        *(CFG, 'none', root / 'pool' / 'pool.csv', root / 'index'),
        device='cpu',
        say=lambda line: None,
    )
    return root


def searcher_of(place, lines=None, **options):
    say = (lambda line: None) if lines is None else lines.append
    return PoolSearcher(
        CFG, 'none', place / 'index', device='cpu', say=say, **options
    )


@pytest.fixture(scope='module')
def searcher(place):
    return searcher_of(place)


def clips_of(result):
    return [one.clip for one in result.supports.records]


def test_nearest_clips_by_their_cosine(place, searcher):
    result = searcher(place / 'query.mp4', k=3)
    store = searcher.store
    query = searcher.vector_of(result.query).double()
    units = store.vectors(store.rows_of(NAMES)).double()
    cosines = (units @ query).tolist()
    order = sorted(range(8), key=lambda i: -cosines[i])[:3]
    assert clips_of(result) == [NAMES[i] for i in order]
    assert result.supports.similarity.tolist() == pytest.approx(
        [cosines[i] for i in order], abs=1e-6
    )
    assert result.source is None and result.num_clips == 8


def test_own_source_is_left_out_by_content_name_or_wish(place, tmp_path):
    lines = []
    searcher = searcher_of(place, lines)
    copied = write_folder(tmp_path / 'copy', noise(3))
    assert searcher(copied, k=8).source == 'source1'
    assert lines[0] == '2 clips of the source source1 are left out'
    named = write_film(tmp_path / 'source2.mp4', noise(200))
    assert searcher(named, k=8).source == 'source2'
    found = clips_of(searcher(place / 'query.mp4', k=8, source='source0'))
    assert sorted(found) == NAMES[2:]
    assert 'clip2' not in clips_of(searcher(copied, k=8))


def test_copies_of_the_query_under_other_sources_are_left_out(tmp_path):
    lines = []
    for name, content in (('a', 0), ('b', 0), ('c', 1)):
        write_folder(tmp_path / 'pool' / name, noise(content))
        lines.append(f'{name},,,source {name}')
    (tmp_path / 'pool' / 'pool.csv').write_text('\n'.join(lines))
    index_pool(
        *(CFG, 'none', tmp_path / 'pool' / 'pool.csv', tmp_path / 'index'),
        device='cpu',
        say=lambda line: None,
    )
    search = searcher_of(tmp_path)
    query = write_folder(tmp_path / 'query', noise(0))
    assert clips_of(search(query, k=3)) == ['c']
    assert clips_of(search(query, k=3, pinned=['b'])) == ['b', 'c']
    assert clips_of(search(query, k=3, source='source c')) == ['a', 'b']


def test_lists_diversity_and_sources_hold(place, searcher):
    query = place / 'query.mp4'
    plain = clips_of(searcher(query, k=8))
    result = searcher(query, k=4, pinned=[plain[-1]], banned=plain[:2])
    assert clips_of(result) == [plain[-1], *plain[2:5]]
    single = searcher(query, k=4, one_per_source=True).supports.records
    assert len({one.source for one in single}) == 4
    near = clips_of(searcher(query, k=3, relevance_weight=1.0))
    assert near == plain[:3]


def test_labelled_videos_turn_the_query(place, searcher, tmp_path):
    """A clip of the pool by name or as a copy, and a video elsewhere."""
    query = place / 'query.mp4'
    copied = write_folder(tmp_path / 'copy', noise(5))
    other = write_film(tmp_path / 'other.mp4', noise(300))
    one = searcher(query, k=8, labelled=['clip5', str(other)])
    two = searcher(query, k=8, labelled=[str(copied), str(other)])
    assert clips_of(one) == clips_of(two)
    assert 'clip5' not in clips_of(one)
    store = searcher.store
    vectors = torch.stack(
        [
            searcher.vector_of(one.query).double(),
            store.vectors(store.rows_of(['clip5']))[0].double(),
            searcher.vector_of(one.query.__class__('o', other, 'o')).double(),
        ]
    )
    mean = vectors.mean(0) / vectors.mean(0).norm()
    best = store.vectors(one.supports.rows[:1])[0].double() @ mean
    assert float(one.supports.similarity[0]) == pytest.approx(
        float(best), abs=1e-6
    )


def test_no_part_of_a_labelled_video_is_found(place, tmp_path):
    """Two videos of 3 s in parts of one, the list names their source."""
    pool = tmp_path / 'pool'
    for number, name in enumerate('ab'):
        write_folder(pool / name, noise(number, 18))
    write_folder(pool / 'c', noise(5))
    rows = ['a,0,1,s', 'a,1,2,s', 'a,2,,s', 'b,0,1,t', 'b,1,,t', 'c,,,s']
    (pool / 'pool.csv').write_text('\n'.join(rows))
    index_pool(
        *(CFG, 'none', pool / 'pool.csv', tmp_path / 'index'),
        device='cpu',
        say=lambda line: None,
    )
    query, given = place / 'query.mp4', str(pool / 'a')
    searcher = searcher_of(tmp_path)
    found = searcher(query, k=9, labelled=[given])
    assert sorted(clips_of(found)) == ['b@0-1', 'b@1-', 'c']
    single = dict(k=9, one_per_source=True)
    found = searcher(query, labelled=[given], **single)
    assert [one.source for one in found.supports.records] == ['t']
    found = searcher(query, labelled=['a@0-1'], **single)
    assert [one.source for one in found.supports.records] == ['t']
    found = searcher(query, labelled=['a@0-1'], pinned=['c'], **single)
    assert [one.source for one in found.supports.records] == ['s', 't']


def test_more_than_the_pool_is_said(place, searcher, capsys):
    result = searcher(place / 'query.mp4', k=50)
    assert len(result.supports.records) == 8
    assert '50 supports wanted, 8 found' in capsys.readouterr().out


def test_table_and_page_are_written(place, searcher, tmp_path):
    result = searcher(place / 'query.mp4', k=3, pinned=['clip6'])
    lines = []
    write_search(
        result, tmp_path / 'out', place / 'pool/pool.csv', lines.append
    )
    assert lines == []
    table = json.loads((tmp_path / 'out' / 'neighbours.json').read_text())
    assert [one['clip'] for one in table['neighbours']] == clips_of(result)
    first = table['neighbours'][0]
    assert first['pinned'] and first['source'] == 'source3'
    assert first['path'] == str(place / 'pool' / 'clip6')
    assert table['query']['path'] == str(place / 'query.mp4')
    assert table['encoder'] == searcher.embedder.hash
    assert 0 <= table['abstain'] <= 1 and table['is_useful'] is True
    page = (tmp_path / 'out' / 'neighbours.html').read_text()
    assert page.count('<img') == 4
    for clip, similarity in zip(
        clips_of(result), result.supports.similarity.tolist()
    ):
        assert f'{clip}, similarity {similarity:.4f}' in page


def test_page_without_the_pool_names_the_clips(place, searcher, tmp_path):
    result = searcher(place / 'query.mp4', k=3)
    lines = []
    write_search(result, tmp_path, None, lines.append)
    assert lines == ['3 of 3 clips have no pictures since no pool is named']
    page = (tmp_path / 'neighbours.html').read_text()
    assert page.count('<img') == 1
    assert all(clip in page for clip in clips_of(result))


def test_useless_supports_are_said(place, searcher):
    result = searcher(place / 'query.mp4', k=3, abstain_thr=0.0)
    assert not result.supports.is_useful
    assert 'nothing useful was found' in format_supports(result)[-1]
    result = searcher(place / 'query.mp4', k=3)
    lines = format_supports(result)
    assert len(lines) == 4 and 'they count as useful' in lines[-1]
    assert clips_of(result)[0] in lines[0]


def test_parts_are_found_in_a_pool_of_whole_videos(tmp_path):
    write_folder(tmp_path / 'pool' / 'a', noise(0, 18))
    write_folder(tmp_path / 'query', noise(1))
    index_pool(
        *(CFG, 'none', tmp_path / 'pool', tmp_path / 'index'),
        segment_seconds=1,
        device='cpu',
        say=lambda line: None,
    )
    result = searcher_of(tmp_path)(tmp_path / 'query', k=2)
    records = result.supports.records
    paths = paths_of_pool(tmp_path / 'pool')
    for clip, one in zip(find_clips(records, paths), records):
        assert clip.path == tmp_path / 'pool' / 'a'
        assert (clip.name, clip.start, clip.end) == (
            *(one.clip, one.start, one.end),
        )


def test_faiss_backend_says_why_it_searches_exactly(place, capsys):
    """Too few clips to miss any: with faiss 1.0; without it, exactly."""
    searcher = searcher_of(place, backend='faiss', min_recall=1.1)
    out = capsys.readouterr().out
    assert 'searching exactly' in out
    exact = searcher_of(place)(place / 'query.mp4', k=3)
    assert clips_of(searcher(place / 'query.mp4', k=3)) == clips_of(exact)


def test_faiss_supports_are_the_exact_ones(place):
    pytest.importorskip('faiss', reason='needs faiss: pip install faiss-cpu')
    from mmselfshot.retrieval.faiss_search import FaissSearch

    searcher = searcher_of(place, backend='faiss')
    assert isinstance(searcher.store, FaissSearch)
    exact = searcher_of(place)
    asked = dict(k=3, source='source0', one_per_source=True)
    found = searcher(place / 'query.mp4', **asked).supports
    wanted = exact(place / 'query.mp4', **asked).supports
    assert found.records == wanted.records
    assert torch.equal(found.similarity, wanted.similarity)


def test_milvus_supports_are_the_exact_ones(place, tmp_path):
    reason = 'needs Milvus Lite: pip install pymilvus milvus-lite'
    pytest.importorskip('pymilvus', reason=reason)
    pytest.importorskip('milvus_lite', reason=reason)
    from mmselfshot.retrieval import FlatIndex
    from mmselfshot.retrieval.milvus_copy import fill_milvus

    address = str(tmp_path / 'pool.db')
    index = FlatIndex(place / 'index')
    assert fill_milvus(index, address) == (8, 0)
    assert fill_milvus(index, address) == (0, 0)
    searcher = PoolSearcher(
        CFG, 'none', address, backend='milvus', device='cpu'
    )
    query = write_folder(tmp_path / 'query', noise(4))  # of source2
    asked = dict(k=4, pinned=['clip7'], one_per_source=True)
    found = searcher(query, **asked)
    wanted = searcher_of(place)(query, **asked)
    assert found.source == wanted.source == 'source2'
    assert found.supports.records == wanted.supports.records
    assert torch.allclose(
        found.supports.similarity, wanted.supports.similarity, atol=1e-12
    )
    searcher.store.close()


def test_mistakes_are_one_line(place, searcher, tmp_path):
    query = place / 'query.mp4'
    (tmp_path / 'bad.mp4').write_bytes(b'bad')
    for asked, text in (
        (dict(query=tmp_path / 'gone.mp4'), 'no video'),
        (dict(query=tmp_path / 'bad.mp4'), 'cannot be read as a video'),
        (dict(query=query, start=9.0), 'holds no frame'),
        (dict(query=query, k=0), 'k = 0'),
        (dict(query=query, relevance_weight=2.0), 'a diversity of 2.0'),
        (dict(query=query, pinned=['x']), "no clip 'x'"),
        (dict(query=query, labelled=['x.mp4']), r"no clip 'x\.mp4'"),
        (dict(query=query, pinned=['clip1'], banned=['clip1']), 'is pinned'),
        (dict(query=query, k=1, pinned=NAMES[:2]), 'at most 1'),
    ):
        with pytest.raises(UserError, match=text) as caught:
            searcher(**asked)
        assert '\n' not in str(caught.value)


def test_query_without_direction_is_one_line(searcher, tmp_path):
    """Others of a folder have one, so that it is an error of the video."""
    for level in (0, 255):
        bare = write_folder(tmp_path / f'{level}', [grey(level)] * 3)
        with pytest.raises(VideoError, match=r'\d is zero or not finite'):
            searcher(bare)


def test_unfit_indexes_are_refused(place, tmp_path):
    other = dict(model=dict(encoder=encoder_cfg(seed=1)))
    with pytest.raises(UserError, match='was made by encoder'):
        PoolSearcher(other, 'none', place / 'index', device='cpu')
    with pytest.raises(UserError, match='no index in'):
        PoolSearcher(CFG, 'none', tmp_path)
    with pytest.raises(UserError, match="backend 'x'"):
        PoolSearcher(CFG, 'none', place / 'index', backend='x')
    for path in (place / 'index').iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    vectors = bytearray((tmp_path / 'vectors.float32').read_bytes())
    vectors[5] ^= 1
    (tmp_path / 'vectors.float32').write_bytes(vectors)
    with pytest.raises(UserError, match='damaged'):
        PoolSearcher(CFG, 'none', tmp_path)
