"""Writing and reading result files."""

import json
import zipfile

import pytest
from vis_cases import box, track

from mmselfshot.evaluation.result_file import (
    ResultParts,
    Span,
    join_parts,
    part_path,
    read_results,
    write_submission,
)
from mmselfshot.utils import UserError

TRACKS = [track(v, [box(v, 0, 3, 3), None], score=1 / 3) for v in (1, 2, 3)]


def test_parts_of_two_ranks_are_joined_in_the_wanted_order(tmp_path):
    prefix = tmp_path / 'deep' / 'results'
    one, two = ResultParts(prefix, 0), ResultParts(prefix, 1)
    last = one.append([TRACKS[2]])
    first = two.append([TRACKS[0], TRACKS[1]])
    empty = one.append([])
    again = one.append([TRACKS[2]])
    one.close()
    two.close()
    assert again != last
    paths = join_parts(prefix, [first, empty, last])
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
    parts = ResultParts(tmp_path / 'r')
    span = parts.append([])
    parts.close()
    join_parts(tmp_path / 'r', [span])
    assert read_results(tmp_path / 'r.json') == []


def test_second_run_starts_a_new_part(tmp_path):
    parts = ResultParts(tmp_path / 'r')
    for tracks in (TRACKS, TRACKS[:1]):
        span = parts.append(tracks)
        parts.close()
    join_parts(tmp_path / 'r', [span])
    assert read_results(tmp_path / 'r.json') == TRACKS[:1]


def test_missing_part_is_named_and_nothing_is_left(tmp_path):
    with pytest.raises(UserError, match=r'rank1\.part\.jsonl'):
        join_parts(tmp_path / 'r', [Span(1, 0, 9)])
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_one_line(tmp_path, monkeypatch):
    parts = ResultParts(tmp_path / 'r')
    parts.append(TRACKS)

    class Full:
        def tell(self):
            return 0

        def writelines(self, lines):
            raise OSError(28, 'No space left on device')

    parts._file = Full()
    with pytest.raises(UserError, match='No space left') as error:
        parts.append(TRACKS)
    assert str(part_path(tmp_path / 'r', 0)) in str(error.value)


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
