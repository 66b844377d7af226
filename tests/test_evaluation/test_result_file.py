"""Writing and reading result files."""

import json
import zipfile

import pytest
from vis_cases import box, track

from mmselfshot.evaluation.result_file import (
    join_videos,
    read_results,
    write_submission,
)
from mmselfshot.structures.kept_tracks import KeptTracks
from mmselfshot.utils import UserError

TRACKS = [track(v, [box(v, 0, 3, 3), None], score=1 / 3) for v in (1, 2, 3)]


def test_videos_are_joined_in_the_wanted_order(tmp_path):
    prefix = tmp_path / 'deep' / 'results'
    one, two = (KeptTracks(tmp_path / 'kept') for _ in range(2))
    one.keep(3, [TRACKS[2]])
    two.keep(1, [TRACKS[0], TRACKS[1]])
    one.keep(2, [])
    one.keep(9, [TRACKS[2]])  # of another run: not asked for
    paths = join_videos(prefix, one, [1, 2, 3])
    assert [path.name for path in paths] == ['results.json', 'results.zip']
    assert json.loads(paths[0].read_text()) == TRACKS
    assert sorted(p.name for p in prefix.parent.iterdir()) == [
        'results.json',
        'results.zip',
    ]


def test_submission_has_its_file_at_the_root(tmp_path):
    source = tmp_path / 'any name.json'
    source.write_text(json.dumps(TRACKS))
    write_submission(source, tmp_path / 'out.zip')
    with zipfile.ZipFile(tmp_path / 'out.zip') as archive:
        assert archive.namelist() == ['results.json']
    assert read_results(tmp_path / 'out.zip') == TRACKS
    assert read_results(source) == TRACKS


def test_nothing_predicted_is_an_empty_list(tmp_path):
    kept = KeptTracks(tmp_path / 'kept')
    kept.keep(1, [])
    join_videos(tmp_path / 'r', kept, [1])
    assert read_results(tmp_path / 'r.json') == []


def test_later_tracks_of_a_video_count(tmp_path):
    kept = KeptTracks(tmp_path / 'kept')
    for tracks in (TRACKS, TRACKS[:1]):
        kept.keep(1, tracks)
    join_videos(tmp_path / 'r', kept, [1])
    assert read_results(tmp_path / 'r.json') == TRACKS[:1]


def test_missing_video_is_named_and_nothing_is_left(tmp_path):
    kept = KeptTracks(tmp_path / 'kept')
    with pytest.raises(UserError, match=r'kept/7\.json; every rank must'):
        join_videos(tmp_path / 'r', kept, [7])
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_one_line(tmp_path, monkeypatch):
    kept = KeptTracks(tmp_path / 'kept')
    kept.keep(1, TRACKS)

    def refuse(content, file):
        file.write('[')
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('mmselfshot.utils.files.json.dump', refuse)
    with pytest.raises(UserError, match='no disk space left') as error:
        kept.keep(2, TRACKS)
    assert str(tmp_path / 'kept/2.json') in str(error.value)
    assert kept.video_ids() == [1]
    assert len(list(kept.folder.iterdir())) == 1


@pytest.mark.parametrize(
    ('content', 'text'),
    [
        ('{"videos": []}', 'JSON dict, expected a list'),
        ('[{"video_id": 1', 'not complete JSON'),
        ('[3]', 'entry 0 is int'),
        ('[{"video_id": 1, "score": 1}]', 'no category_id and no segm'),
        (json.dumps([{**TRACKS[0], 'video_id': '1'}]), "video_id '1'"),
        (json.dumps([{**TRACKS[0], 'score': None}]), 'score None'),
        (json.dumps([{**TRACKS[0], 'score': float('nan')}]), 'score nan'),
        (json.dumps([{**TRACKS[0], 'segmentations': None}]), 'NoneType'),
    ],
)
def test_bad_result_file_is_one_clear_line(tmp_path, content, text):
    path = tmp_path / 'bad.json'
    path.write_text(content)
    with pytest.raises(UserError, match=text) as error:
        read_results(path)
    assert '\n' not in str(error.value)


def test_bad_zip_is_one_clear_line(tmp_path):
    with pytest.raises(UserError, match='no file'):
        read_results(tmp_path / 'none.zip')
    (tmp_path / 'text.zip').write_text('no zip')
    with pytest.raises(UserError, match=r'results\.json at its root'):
        read_results(tmp_path / 'text.zip')
    with zipfile.ZipFile(tmp_path / 'deep.zip', 'w') as archive:
        archive.writestr('deep/results.json', '[]')
    with pytest.raises(UserError, match=r'results\.json at its root'):
        read_results(tmp_path / 'deep.zip')
