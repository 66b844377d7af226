"""tools/test.py with SelfShotVIS: films, whole queries, going on."""

import json

import pytest
from tiny_episodes import make_episodes, write_episodes, write_pairs
from tiny_selfshot_files import write_selfshot

from mmselfshot.engine.test import test as run_test
from mmselfshot.evaluation import EpisodeMetric

LENGTH = 7


@pytest.fixture
def place(tmp_path):
    """Hens v1 to v4 of 7 frames; pairs v1 and v2; a network of 3 frames."""
    kinds = ((3,), (3,), (3,), (3,))
    given = write_episodes(tmp_path / 'data', make_episodes(kinds, LENGTH))
    del given['num_supports']
    root = tmp_path / 'data'
    write_pairs(root / 'pairs.json', [(1, [3], ['v3']), (2, [3], ['v4'])])
    dataset = dict(
        given, data_root=str(root), pairs='pairs.json', split='split.json'
    )
    config, checkpoint = write_selfshot(tmp_path, dataset)
    return config, checkpoint, tmp_path


def lengths_of(folder):
    entries = json.loads((folder / 'results.json').read_text())
    assert entries
    return {len(one['segmentations']) for one in entries}


@pytest.mark.parametrize(
    ('protocol', 'length'), [('paper', 3), ('full', LENGTH)]
)
def test_results_and_films_have_the_frames_of_the_protocol(
    place, protocol, length
):
    from mmselfshot.utils.video_io import VideoFile

    config, checkpoint, folder = place
    out = folder / 'out'
    run_test(
        config,
        checkpoint,
        work_dir=str(folder / 'work'),
        out=out,
        show_dir=folder / 'films',
        options=[f'test_dataloader.dataset.protocol={protocol}'],
    )
    assert lengths_of(out) == {length}
    films = sorted((folder / 'films').glob('*.mp4'))
    assert [one.name for one in films] == ['1.mp4', '2.mp4']
    for film in films:
        assert len(list(VideoFile(film).frames())) == length


def test_interrupted_test_begins_anew_with_changed_pairs(place, monkeypatch):
    """The second query fails; then the file of pairs is written over."""
    config, checkpoint, folder = place
    process = EpisodeMetric.process
    given = []

    def interrupted(self, batch, samples):
        given.extend(one['video_id'] for one in samples)
        if len(given) == 2:
            raise KeyboardInterrupt
        process(self, batch, samples)

    monkeypatch.setattr(EpisodeMetric, 'process', interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_test(config, checkpoint, work_dir=str(folder / 'work'))
    path = folder / 'data' / 'pairs.json'
    write_pairs(path, [(1, [3], ['v4']), (2, [3], ['v3'])])
    run_test(config, checkpoint, work_dir=str(folder / 'work'))
    assert given[2:] == [1, 2]
