"""Tracks of finished videos."""

import pytest

from mmselfshot.structures.kept_tracks import (
    KeptTracks,
    clear_others,
    kept_folder,
)
from mmselfshot.utils import UserError


def test_what_is_kept_comes_back(tmp_path):
    kept = KeptTracks(kept_folder(tmp_path, 'abc'))
    assert kept.video_ids() == []
    tracks = [{'video_id': 3, 'score': 0.1234567890123, 'segmentations': []}]
    kept.keep(10, tracks)
    kept.keep(3, [])
    assert KeptTracks(kept.folder).video_ids() == [3, 10]
    assert kept.read(10) == tracks
    (kept.folder / '3.json').write_text('[')
    with pytest.raises(UserError, match=r'3\.json is not complete'):
        kept.read(3)
    kept.clear()
    assert kept.video_ids() == []


def test_folders_of_other_tests_go(tmp_path):
    mine = KeptTracks(kept_folder(tmp_path, 'abc'))
    mine.keep(1, [])
    KeptTracks(kept_folder(tmp_path, 'abd')).keep(2, [])
    (tmp_path / 'films').mkdir()
    assert clear_others(mine.folder) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *('films', 'unfinished_abc')
    ]
