"""tools/analysis_tools/browse_dataset.py as a user starts it."""

import json
import os
import subprocess
import sys

import pytest
from mmengine.config import Config
from tiny_run import write_tiny_videos

from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoFile
from mmselfshot.visualization.browse import browse_dataset


@pytest.fixture
def world(tmp_path):
    """Seven videos of three frames; in video 2 only frame 1 is labelled."""
    path = write_tiny_videos(tmp_path / 'data', num_videos=7, num_frames=3)
    content = json.loads(path.read_text())
    content['videos'][1]['labelled_frames'] = [1]
    path.write_text(json.dumps(content))
    dataset = dict(
        type='VideoInstanceDataset',
        data_root=str(tmp_path / 'data'),
        ann_file='labels.json',
        data_prefix=dict(img='JPEGImages/'),
    )
    config = tmp_path / 'config.py'
    config.write_text(
        f'train_dataloader = dict(dataset={dataset!r})\n'
        f'val_dataloader = dict(dataset=dict(type="W", dataset={dataset!r}))\n'
    )
    return tmp_path


def yellow(film):
    """Which pictures of a film have a yellow corner."""
    corners = [
        frame.image[2, 2].astype(int) for frame in VideoFile(film).frames()
    ]
    return [c[0] > 180 and c[1] > 140 and c[2] < 100 for c in corners]


def test_tool_makes_films_of_chosen_videos(repo, world):
    tool = repo / 'tools' / 'analysis_tools' / 'browse_dataset.py'
    done = subprocess.run(
        [sys.executable, str(tool), 'config.py', '--split', 'val']
        + ['--videos', '2', '3', '--out', 'look'],
        capture_output=True,
        text=True,
        cwd=world,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert '2 films' in done.stdout
    assert sorted(os.listdir(world / 'look')) == [
        '2.mp4', '2.png', '3.mp4', '3.png',
    ]  # fmt: skip
    assert yellow(world / 'look' / '2.mp4') == [False, True, False]
    assert yellow(world / 'look' / '3.mp4') == [False] * 3


def test_first_five_videos_are_the_default(world):
    cfg = Config.fromfile(world / 'config.py')
    films = browse_dataset(cfg, 'train', world / 'out')
    assert [film.name for film in films] == [f'{n}.mp4' for n in range(1, 6)]


def test_frames_that_the_data_set_takes_for_labelled_are_marked(world):
    cfg = Config.fromfile(world / 'config.py')
    cfg.train_dataloader.dataset.labelled = {1: [0, 2]}
    films = browse_dataset(cfg, 'train', world / 'out', [1, 2])
    assert yellow(films[0]) == [True, False, True]
    assert yellow(films[1]) == [False] * 3


def test_split_that_is_not_there_is_one_line(world):
    cfg = Config.fromfile(world / 'config.py')
    with pytest.raises(UserError, match='test_dataloader'):
        browse_dataset(cfg, 'test', world / 'out')
    with pytest.raises(UserError, match='no video 99'):
        browse_dataset(cfg, 'train', world / 'out', [99])
